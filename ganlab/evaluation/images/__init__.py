"""How good generated images are: by the features of Inception, of classifiers of single data sets, and of others.

A new metric is a function of features in a module of its own, registered in `evaluators`; a new extractor is a module
that calls `extractors.register`, imported here.
"""

from ganlab.evaluation.images import inception  # noqa: F401, I001 (each registers itself, Inception first)
from ganlab.evaluation.images import classifier, evaluators, fidelity, pixels  # noqa: F401
from ganlab.evaluation.images.evaluation import ImageEvaluation
from ganlab.evaluation.images.extractors import EXTRACTORS, ExtractorSource, WeightsMissingError, register
from ganlab.evaluation.images.score import score
from ganlab.evaluation.images.scores import DEFAULT, Scores

__all__ = [
    "DEFAULT",
    "EXTRACTORS",
    "ExtractorSource",
    "ImageEvaluation",
    "Scores",
    "WeightsMissingError",
    "register",
    "score",
]
