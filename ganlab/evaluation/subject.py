"""What evaluators see of a trained member."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Array, SampleReference

if TYPE_CHECKING:
    from ganlab.evaluation.images.features import Extractor, Features

Network = Callable[..., Tensor]

NEEDS = {
    "samples": "generated samples",
    "labels": "a conditional run (conditional: true)",
    "unconditional": "a run without conditional: true",
    "latents": "samples made from known latents",
    "generator": "the trained generator",
    "data": "the data set",
    "score": "a variant, without packing, whose discriminator scores single samples",
    "log-ratio": "a variant whose optimal discriminator is log p/q, trained with nothing that moves its optimum, such "
    "as penalties, constraints and augmentation",
}
"""What an evaluator may need, and in words what gives it; besides these, ``network.NAME`` is a network of the game."""

SAMPLES_ALONE = frozenset({"samples"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Subject:
    """What is measured of one member.

    Attributes:
        samples: [n, *sample_shape], in the data's own units.
        labels: the condition that each sample was made for, classes [n] or real vectors [n, g]; None without one.
        latents: [n, Z], from which the samples were made; None where that is unknown.
        generator: the evaluated generator: latents [B, Z], and labels [B, ...], to samples in the networks' units.
        networks: those of the game that evaluators need, by player, such as ``discriminator``: samples in the networks'
            units, and labels if the run is conditional, to whatever it gives. The parameters are the trained ones, or
            their moving average where the game keeps one, but for the ``generator``, whose average is the field above.
        data: what the networks learnt from.
    """

    samples: Tensor
    labels: Tensor | None = None
    latents: Tensor | None = None
    generator: Network | None = None
    networks: Mapping[str, Network] = field(default_factory=dict)
    data: Data | None = None

    @cached_property
    def array(self) -> Array:
        """The samples [n, ...] as float64."""
        return self.samples.double().numpy()

    def prepared(self, reference: SampleReference) -> Array:
        """The samples as `reference` prepares them, such as sorted on the line; once for all evaluators."""
        if reference not in self._prepared:
            self._prepared[reference] = reference.prepare(self.samples)
        return self._prepared[reference]

    def features(self, extractor: Extractor) -> Features:
        """What `extractor` makes of samples that are images; computed once for all evaluators."""
        if extractor.name not in self._features:
            self._features[extractor.name] = extractor.extract(self.samples)
        return self._features[extractor.name]

    @cached_property
    def _prepared(self) -> dict[SampleReference, Array]:
        return {}

    @cached_property
    def _features(self) -> dict[str, Features]:
        return {}


def subject_of(points: Array) -> Subject:
    """True points [n] or [n, ...] as the samples of a subject that is nothing more."""
    return Subject(samples=torch.from_numpy(points.reshape(len(points), -1) if points.ndim == 1 else points))


def given_by_training(
    networks: Iterable[str], conditional: bool, score: bool = False, log_ratio: bool = False
) -> frozenset[str]:
    """What the subject of a trained member gives, in the words of `NEEDS`.

    Args:
        networks: their names.
        conditional: whether they are given labels.
        score: whether the discriminator gives one raw score for each sample alone.
        log_ratio: whether the best such score is log p/q, with p the density of the data and q that of the samples that
            the discriminator is trained with.
    """
    names = {f"network.{name}" for name in networks}
    condition = "labels" if conditional else "unconditional"
    scores = {"score": score, "log-ratio": log_ratio}
    return frozenset(
        {
            "samples",
            "latents",
            "generator",
            "data",
            condition,
            *names,
            *(name for name, is_so in scores.items() if is_so),
        }
    )


def need_in_words(need: str) -> str:
    """What gives `need`, to follow "it needs"."""
    return NEEDS[need] if need in NEEDS else f"a game with a network '{need.removeprefix('network.')}'"


def require_known_needs(needs: Iterable[str]) -> None:
    """Refuse a need that nothing gives.

    Raises:
        ValueError: it is neither in `NEEDS` nor the name of a network.
    """
    for need in needs:
        if need not in NEEDS and not (need.startswith("network.") and need != "network."):
            raise ValueError(f"an evaluator cannot need '{need}'; known: {', '.join(NEEDS)}, network.NAME")
