"""What the networks learn from: known distributions, columns of files, tables, series, and images.

A new kind of data is one module here that calls `register`, imported below.
"""

from ganlab.data import (  # noqa: F401 (each registers its sources)
    celeba,
    column,
    densities,
    digits,
    image_array,
    image_folder,
    mixture,
    plane,
    plane_sets,
    points,
    series,
    sklearn_columns,
    stacked_mnist,
    table,
    torchvision_sets,
)
from ganlab.data.base import DATA, Data, DataSource, load, register
from ganlab.data.reference import HeldOut, Images, KnownDensity, Mode, PlaneMixture, Reference, SampleReference
from ganlab.data.units import SampleForm
from ganlab.data.vectors import SampledSet, VectorSet

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
    "SampleForm",
    "SampleReference",
    "SampledSet",
    "VectorSet",
    "load",
    "register",
]
