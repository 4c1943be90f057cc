"""The shape of an augmentation of what the discriminator sees, and the registry of the known ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from ganlab import options
from ganlab.errors import InputError
from ganlab.games.base import Draw
from ganlab.games.own_options import OwnOptions, spelled_out
from ganlab.registry import Registry
from ganlab.variants import Variant


class Augmentation(ABC):
    """A random, differentiable change of all samples, real and fake, that the discriminator scores.

    Attributes:
        name, summary, paper: as `ganlab list` shows them.
        separable: whether samples are changed one by one, and the extra state does not change. Only then can a member
            be trained on several devices.
        Options: its settings. Those that are floats are found in `weights` by their names, where members of a
            population may differ in them and a schedule may change them.

    Args:
        options: an instance of `Options`.
        sample_shape: of one sample of the data.

    Raises:
        InputError: it is none for such samples.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    paper: ClassVar[str] = ""
    separable: ClassVar[bool] = False

    class Options(options.Options):
        """None."""

    def __init__(self, options: Any, sample_shape: tuple[int, ...]) -> None:
        self.options = options
        self.sample_shape = sample_shape

    def require_fit(self, variant: Variant) -> None:  # noqa: B027 (most fit all variants)
        """Check that it can be used with the losses of `variant`.

        Raises:
            InputError: it cannot.
        """

    @abstractmethod
    def draws(self) -> dict[str, Draw]:
        """What is random in the change of one batch, by name."""

    @abstractmethod
    def apply(
        self, samples: Tensor, draws: Mapping[str, Tensor], extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Tensor:
        """The changed `samples` [B, ...]; `draws` are [B, ...]. It draws nothing itself and writes into nothing."""

    def extra(self) -> dict[str, Tensor]:
        """Its part of the game's extra state before the first update."""
        return {}

    def adapt(
        self, real_score: Tensor, seen: int, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Its part of the extra state after an update of the discriminator.

        Args:
            real_score: of the real samples of the update.
            seen: how many these are, which is more than the scores where samples are packed.
        """
        return {}

    def readings(self, extra: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Numbers [] of its extra state to log."""
        return {}


AUGMENTATIONS: Registry[type[Augmentation]] = Registry("augmentation")
register = AUGMENTATIONS.add


def augmentation_options(name: str, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """All options of the augmentation called `name`, where a user wrote `values`.

    Raises:
        InputError: there is none of that name, or an option is wrong.
    """
    return spelled_out(AUGMENTATIONS[name].Options, values, where)


def make_augmentation(name: str, values: Mapping[str, Any], sample_shape: tuple[int, ...]) -> Augmentation:
    """The augmentation called `name`, with all options of these `values`, of samples of `sample_shape`.

    Raises:
        InputError: it is none for such samples.
    """
    kind = AUGMENTATIONS[name]
    return kind(OwnOptions(options.parse(kind.Options, values, f"augment '{name}'")), sample_shape)


def require_images(name: str, sample_shape: tuple[int, ...], square: bool = False) -> None:
    """Check that samples are images [C, H, W], and `square` ones if they have to be.

    Raises:
        InputError: they are not.
    """
    if len(sample_shape) != 3 or (square and sample_shape[1] != sample_shape[2]):
        kind = "square images [C, H, H]" if square else "images [C, H, W]"
        raise InputError(
            f"augment '{name}' is for {kind}, and the data's samples have the shape {list(sample_shape)}; "
            "leave it out, or choose 'instance-noise', which takes samples of any shape"
        )
