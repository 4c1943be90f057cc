"""What samples are compared with, and what that says of itself: its evaluators, its picture, its size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ganlab.data.empirical import Array
from ganlab.data.normal_mixture import NormalMixture

if TYPE_CHECKING:
    from ganlab.data.reference.line import KnownDensity

SHOWN_POINTS = 2_500
"""In a picture of points."""


class Reference(ABC):
    """What generated samples are compared with, in the data's own units.

    A data set of a new kind brings a reference of its own, and nothing outside `ganlab.data` asks what kind it is.

    Attributes:
        evaluators: the names of its usual evaluators, in the order of their metrics in a table, of which the first is
            the primary one.
        picture: the name of the picture that draws what `pictured` gives.
        sample_shape: of one sample in the data's own units.
        mode_count: how many modes a good generator covers; 0 if that is unknown.
        of_images: whether features of images are compared, and grids of images shown, instead of samples themselves.
    """

    @property
    @abstractmethod
    def picture(self) -> str: ...

    @property
    @abstractmethod
    def evaluators(self) -> tuple[str, ...]: ...

    @property
    @abstractmethod
    def sample_shape(self) -> tuple[int, ...]: ...

    @property
    @abstractmethod
    def words(self) -> str:
        """What metrics are measured against, in a phrase for the footnote of a table."""

    @property
    def mode_count(self) -> int:
        return 0


class SampleReference(Reference):
    """A reference whose evaluators take the samples themselves.

    Attributes:
        training: what is learnt from [n, ...]; None where the truth is known exactly.
        held_out: real samples [m, ...] that stand for the truth; None where it is known exactly.
        on_the_line: whether evaluators take samples as a sorted vector [n], and the reference is a `Line`.
    """

    of_images: ClassVar[Literal[False]] = False
    on_the_line: ClassVar[bool] = False

    training: Array | None = None
    held_out: Array | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether `with_conditions` has true samples to give."""
        return False

    def with_conditions(self, rng: np.random.Generator, count: int) -> tuple[Array, NDArray[Any]]:
        """True samples [m, ...] and the condition of each, labels [m] or vectors [m, g] as networks are given them.

        They are all that are held out or, where the truth is known exactly, `count` drawn ones.
        """
        raise NotImplementedError(f"the conditions of {self.words} are not known")

    @property
    def density(self) -> KnownDensity | None:
        """The truth's density on the line, where that is known exactly."""
        return None

    @property
    @abstractmethod
    def spread(self) -> float:
        """The true standard deviation; of vectors, the square root of half their total variance.

        In the plane that is the root mean square of the standard deviations along the axes.
        """

    @abstractmethod
    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` true samples [count, ...], as `prepare` gives them but for their order."""

    def prepare(self, samples: Tensor) -> Array:
        """`samples` [n, *sample_shape] as evaluators take them, float64."""
        prepared: Array = samples.double().numpy()
        return prepared

    @abstractmethod
    def pictured(self, samples: Tensor) -> dict[str, ArrayLike]:
        """What is kept of `samples` [n, *sample_shape], and of the truth, to draw `picture` from."""

    def coordinates(self, samples: Array) -> Array:
        """`samples` [n, ...] as vectors [n, k] between which distances are measured."""
        return samples.reshape(len(samples), -1)

    def projection(self, direction: Array) -> NormalMixture | None:
        """The truth as it lies in a `direction` [k] of its coordinates, where that is known exactly."""
        return None
