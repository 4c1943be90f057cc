"""Results of runs: statistics, tables, figures, reports, and archives that can be verified."""

from ganlab.results.published import metrics_with_published, published_for
from ganlab.results.rendering import FORMATS, render
from ganlab.results.sources import read_runs
from ganlab.results.table import Table, build

__all__ = ["FORMATS", "Table", "build", "metrics_with_published", "published_for", "read_runs", "render"]
