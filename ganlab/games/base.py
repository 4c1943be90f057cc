"""The shape of a game: who plays, what each player minimises, and what its objectives are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from ganlab.games.nets import Nets
from ganlab.games.priors import Prior
from ganlab.networks import Build, Condition
from ganlab.options import Options
from ganlab.registry import Registry
from ganlab.variants import VARIANTS, Defaults, Parameters, Variant

Fill = Callable[[Tensor, torch.Generator], object]
"""Fills a tensor with numbers from a generator."""


@dataclass(frozen=True)
class Draw:
    """Random numbers that an objective needs besides data and latents: of `shape` for each sample of a batch."""

    shape: tuple[int, ...]
    fill: Fill

    @classmethod
    def uniform(cls, *shape: int) -> Draw:
        """Uniform on [0, 1)."""
        return cls(shape, lambda numbers, generator: numbers.uniform_(generator=generator))

    @classmethod
    def normal(cls, *shape: int) -> Draw:
        """Standard normal."""
        return cls(shape, lambda numbers, generator: numbers.normal_(generator=generator))

    @classmethod
    def latent(cls, prior: Prior) -> Draw:
        """Further latents."""
        return cls((prior.dim,), prior.fill)


class Batch(NamedTuple):
    """What an objective is given of one batch.

    Attributes:
        real: samples of the data [B, *sample_shape], in the networks' units.
        condition: what the networks are told of these samples, labels [B] or vectors [B, d]; None if nothing.
        latent: draws from the prior [B, Z].
        draws: the game's own random numbers [B, ...] by name.
    """

    real: Tensor
    condition: Tensor | None
    latent: Tensor
    draws: Mapping[str, Tensor]


@dataclass(frozen=True)
class Loss:
    """What a player minimises.

    Attributes:
        value: the loss [].
        extra: the entries of the game's extra state that this update changes, with their new values.
        readings: numbers [] to log. The value itself is logged as ``PLAYER_loss`` unless a reading has that name.
    """

    value: Tensor
    extra: Mapping[str, Tensor] = field(default_factory=dict)
    readings: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a game is played on.

    Attributes:
        sample_shape: of one sample of the data.
        condition: what the networks are told of each sample; None if nothing.
        prior: of the latents, as the run's settings name it.
    """

    sample_shape: tuple[int, ...]
    condition: Condition
    prior: Prior


class Game:
    """Who plays, and what each player minimises: one method a player, named like it.

    Such a method takes ``(nets, batch, extra, weights)`` and gives a `Loss`, or a bare tensor [] for one without extra
    state and readings. It is a pure function that is differentiated by the player's own parameters and sees one member
    alone: it draws nothing at random and writes into nothing.

    - ``nets.generator(latent, condition)`` calls a network; see `Nets`.
    - `batch`: a `Batch`.
    - `extra`: the game's own state by name, tensors that are no player's parameters.
    - `weights`: numbers [] in which members of a population may differ and which a schedule may change: the game's
      options that are floats, and the weights and bounds of penalties and constraints, by their names.

    Attributes:
        name, summary, paper: as `ganlab list` shows them.
        Options: the settings of its own. Those that are floats become `weights`; others are found in `self.options`.
        defaults: what it is trained with unless a sweep says otherwise.
        penalties, constraints: weights and bounds by name that it has unless told otherwise; a game that is no
            `PenalisedGame` takes none.
        players: in the order of their updates in an iteration; each has a network of the same name.
        averaged: the players of whose parameters a moving average is kept, which is evaluated.
        pack: samples that the discriminator sees as one.
        separable: whether each objective, and each entry of the extra state that it changes, is a mean over samples of
            terms that no other sample has a part in. Those of the parts of a batch then average to those of the whole,
            so that a member can be trained on several devices. Penalties say for themselves whether they are. It is not
            inherited: a game that overrides an objective says so anew.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    paper: ClassVar[str] = ""
    defaults: ClassVar[Defaults] = Defaults()
    penalties: ClassVar[Mapping[str, float]] = {}
    constraints: ClassVar[Mapping[str, float]] = {}

    class Options(Options):
        """None."""

    players: tuple[str, ...] = ("discriminator", "generator")
    averaged: tuple[str, ...] = ("generator",)
    pack: int = 1
    separable: ClassVar[bool] = False

    def __init__(self, options: Any, task: Task) -> None:
        self.options = options
        self.task = task
        self.prior = self.prior_of(task.prior)

    def prior_of(self, prior: Prior) -> Prior:
        """What the generator is fed, where the settings ask for `prior`: by default just that."""
        return prior

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """The network of every player."""
        return {"generator": build.generator(), "discriminator": build.discriminator()}

    def draws(self, player: str) -> dict[str, Draw]:
        """What is random in a batch of `player` besides data and latents, by name."""
        return {}

    def extra(self) -> dict[str, Tensor]:
        """The extra state before the first update, by name; each entry is a float tensor."""
        return {}

    def inseparable(self) -> list[str]:
        """What takes statistics over a batch, in words; nothing where a batch may be cut into parts."""
        return [] if vars(type(self)).get("separable") else [f"the game '{self.name}'"]

    def project(self, player: str, parameters: Parameters, weights: Mapping[str, Tensor]) -> Parameters:
        """The parameters of `player` after an update, brought back to where they may be."""
        return parameters

    def diagnose(self, nets: Nets, batch: Batch) -> dict[str, Tensor]:
        """Readings [] that no update needs, taken whenever a row is logged, on a batch of the last player."""
        fake = nets.generator(batch.latent, batch.condition)
        return {"fake_spread": fake.std(0).mean() / batch.real.std(0).mean()}


GAMES: Registry[type[Game]] = Registry("game", shares_names_with=VARIANTS)
register = GAMES.add


def find(name: str) -> Variant | type[Game]:
    """What a sweep calls `name` under ``variants``: a variant, or a game of another kind.

    Raises:
        InputError: there is neither.
    """
    return GAMES[name] if name in GAMES else VARIANTS[name]


def names() -> list[str]:
    """Of all variants and games."""
    return [*VARIANTS.names, *GAMES.names]
