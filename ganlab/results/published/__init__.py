"""Published results beside a table's rows, each with its source and with what is not the same.

Each YAML file here holds what one paper or repository reports. To add a source is to add a file.
"""

from ganlab.results.published.figures import Figure, Source, published_figures
from ganlab.results.published.matching import Published, metrics_with_published, published_for

__all__ = ["Figure", "Published", "Source", "metrics_with_published", "published_figures", "published_for"]
