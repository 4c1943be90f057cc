"""From the run directories of a sweep to a benchmark table."""

from ganlab.results.rendering import FORMATS, render
from ganlab.results.table import Table, build

__all__ = ["FORMATS", "Table", "build", "render"]
