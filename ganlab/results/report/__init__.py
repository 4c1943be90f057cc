"""A report on sweeps as one HTML file without external resources."""

from ganlab.results.report.page import report

__all__ = ["report"]
