"""What the networks learn from: known densities on the line and in the plane, and columns of real values.

A new kind of data is one module here that calls `register`, imported below.
"""

from ganlab.data import column, densities, mixture, plane, sklearn_columns  # noqa: F401 (each registers its sources)
from ganlab.data.base import DATA, Data, DataSource, load, register
from ganlab.data.reference import HeldOut, Images, KnownDensity, Mode, PlaneMixture, Reference

__all__ = [
    "DATA",
    "Data",
    "DataSource",
    "HeldOut",
    "Images",
    "KnownDensity",
    "Mode",
    "PlaneMixture",
    "Reference",
    "load",
    "register",
]
