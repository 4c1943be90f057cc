"""What any adversarial game may have on top of its variant: packs, augmentation, LeCam, smooth labels."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ganlab.games.augmentation import Augmentation


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What is added to a variant. The names are those of the settings; a plain game has none of them.

    Attributes:
        packing: samples that the discriminator sees as one; 1 for each by itself.
        augment: what changes the samples that the discriminator sees.
        lecam: whether the discriminator's loss has the LeCam regulariser, times ``weights["lecam"]``.
        label_smoothing: whether a share ``weights["label_smoothing"]`` of the real labels is that of fake samples.
    """

    packing: int = 1
    augment: Augmentation | None = None
    lecam: bool = False
    label_smoothing: bool = False

    @property
    def used(self) -> list[str]:
        """The names of those that are not as in a plain game."""
        return [field.name for field in fields(self) if getattr(self, field.name) != field.default]


PLAIN = Axes()
"""A game with none of them."""
