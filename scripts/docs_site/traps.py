"""What users of a variant or a game run into: what its properties imply, and notes in ``traps.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from ganlab.games import Game
from ganlab.variants import PENALTIES, Variant

TWO_SIDED = (
    "`{name}` charges slopes below 1 too. A discriminator on one side of the data turns round only where the samples' "
    "mean is far past that of the data, in proportion to the weight: on 1-D data of standard deviation 1, a weight of "
    "10 makes samples swing or collapse. Lower the weight, or take `wgan-lp`; the figures are in "
    "[Experiments](../../experiments.md#weights-of-two-sided-penalties)."
)
REAL_IN_GENERATOR = "The generator's loss depends on real samples too, so its updates draw and score a batch of them."
UNBOUNDED = (
    "The loss of the discriminator has no bound: without its penalty or constraint, it grows with the scale of the "
    "scores. The loss itself says nothing of the samples' quality between runs of other weights."
)


def variant_traps(variant: Variant) -> list[str]:
    """Sentences on `variant`."""
    traps = [TWO_SIDED.format(name=name) for name in variant.penalties if PENALTIES[name].two_sided]
    traps += [UNBOUNDED] if variant.separates_means else []
    traps += [REAL_IN_GENERATOR] if variant.generator_uses_real else []
    return traps + _noted(variant.name)


def game_traps(game: type[Game]) -> list[str]:
    """Sentences on `game`."""
    return _noted(game.name)


def _noted(name: str) -> list[str]:
    return _notes().get(name, [])


@cache
def _notes() -> dict[str, list[str]]:
    """Sentences by the name of a variant or a game."""
    notes: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("traps.yaml").read_text(encoding="utf-8"))
    return notes
