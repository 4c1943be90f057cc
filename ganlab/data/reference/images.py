"""Real images that generated ones are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from ganlab.data.reference.base import Reference


@dataclass(frozen=True, kw_only=True, eq=False)
class Images(Reference):
    """Real images that generated ones are compared with.

    Attributes:
        name: the images in words, for a footnote.
        images: uint8 [m, C, H, W].
        labels: int64 [m], or None.
        classes: how many labels there are; 0 without labels.
        fingerprint: SHA-256 of the images' shape and content.
        extractor: the classifier whose features fit these images, such as ``"digits"``, if there is one.
        modes: how many modes there are to cover; 0 if that is unknown.
        others: reads real images of the same kind that are not among these, if there are any.
    """

    of_images: ClassVar[Literal[True]] = True

    name: str
    images: Tensor
    labels: Tensor | None
    classes: int
    fingerprint: str
    extractor: str | None = None
    modes: int = 0
    others: Callable[[], Images] | None = None

    @property
    def evaluators(self) -> tuple[str, ...]:
        """Beside those of the extractors at hand, which `ganlab.evaluation.images` knows."""
        return ("reconstruction",) if self.others else ()

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return tuple(self.images.shape[1:])

    @property
    def words(self) -> str:
        return self.name

    @property
    def picture(self) -> str:
        return "grid"

    @property
    def mode_count(self) -> int:
        return self.modes
