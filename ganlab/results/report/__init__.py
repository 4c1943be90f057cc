"""A report on sweeps that needs nothing but a browser: one HTML file."""

from ganlab.results.report.page import report
from ganlab.results.report.place import require_place

__all__ = ["report", "require_place"]
