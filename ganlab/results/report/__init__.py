"""A report on sweeps as one HTML file without external resources."""

from ganlab.results.report.page import report
from ganlab.results.report.place import require_place

__all__ = ["report", "require_place"]
