"""What the networks learn from: known densities on the line, and columns of real values.

A new kind of data is one module here that calls `register`, imported below.
"""

from ganlab.data import column, densities, mixture, sklearn_columns  # noqa: F401 (each registers its sources)
from ganlab.data.base import DATA, Data, DataSource, load, register
from ganlab.data.reference import HeldOut, KnownDensity, Mode, Reference

__all__ = [
    "DATA",
    "Data",
    "DataSource",
    "HeldOut",
    "KnownDensity",
    "Mode",
    "Reference",
    "load",
    "register",
]
