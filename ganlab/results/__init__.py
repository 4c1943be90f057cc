"""From runs to what is said of them: statistics, tables, figures, reports, and archives that prove them."""

from ganlab.results.published import published_for
from ganlab.results.rendering import FORMATS, render
from ganlab.results.sources import read_runs
from ganlab.results.table import Table, build

__all__ = ["FORMATS", "Table", "build", "published_for", "read_runs", "render"]
