"""What generated samples are compared with: the truth, or real samples that stand for it."""

from ganlab.data.empirical import Array
from ganlab.data.reference.base import SHOWN_POINTS, Reference, SampleReference
from ganlab.data.reference.images import Images
from ganlab.data.reference.line import HeldOut, KnownDensity, Line, Mode
from ganlab.data.reference.plane import PlaneMixture

__all__ = [
    "SHOWN_POINTS",
    "Array",
    "HeldOut",
    "Images",
    "KnownDensity",
    "Line",
    "Mode",
    "PlaneMixture",
    "Reference",
    "SampleReference",
]
