"""How good generated images are: by the features of Inception, and by those of classifiers of single data sets.

A new metric is a function of features in a module of its own, registered in `evaluators`.
"""

from ganlab.evaluation.images.evaluation import ImageEvaluation
from ganlab.evaluation.images.features import compute_on
from ganlab.evaluation.images.inception import WeightsMissingError, forget
from ganlab.evaluation.images.score import score
from ganlab.evaluation.images.scores import DEFAULT, Scores

__all__ = ["DEFAULT", "ImageEvaluation", "Scores", "WeightsMissingError", "compute_on", "forget", "score"]
