"""The iterations of one population: what every process does that trains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from ganlab.arithmetic import set_arithmetic
from ganlab.compiler import CompilerFailedError
from ganlab.record.spec import RunSpec
from ganlab.training import checkpoint
from ganlab.training.devices import is_out_of_memory, memory_for
from ganlab.training.population import take
from ganlab.training.ranks import Ranks
from ganlab.training.separability import require_separable
from ganlab.training.setup import (
    build_batches,
    build_member,
    build_population,
    initial_state,
    load_data,
    numbers_of,
)
from ganlab.training.state import Batch, State

GO_ON, SAVE, STOP, END = range(4)
"""What the ranks agree on before each iteration: the largest of what each of them says."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a population reports of itself. `phase` is "compiling" or "training"."""

    phase: str
    iteration: int
    alive: int
    warnings: tuple[tuple[str, str], ...] = ()
    """(run id, text), each told once."""


Report = Callable[[Progress], None]


class BatchTooLargeError(Exception):
    """The device has no memory for an update."""


class Iterations:
    """A population, and the updates that take it from one iteration to the next.

    Attributes:
        ranks: that make each iteration together.

    Args:
        specs: of the members; all have the same `RunSpec.program`.
        restore: from which iteration and state to go on, given the state before the first update.
        compiled: whether the updates are compiled.
        device: where to train.
        ranks: this process among those that train the population.

    Raises:
        DoesNotFitError: the device has no memory for the networks.
        InputError: the data cannot be had, or a batch cannot be cut into slices.
    """

    def __init__(
        self,
        specs: Sequence[RunSpec],
        restore: Callable[[State], tuple[int, State]],
        compiled: bool,
        device: torch.device,
        ranks: Ranks,
    ) -> None:
        self.spec = spec = specs[0]
        self.specs = specs
        self.ranks = ranks
        self.data = load_data(spec)
        member = build_member(spec, self.data, ranks)
        self.game = member.game
        self.players = member.game.players
        self.networks = member.networks
        require_separable(spec, member, ranks.size)
        with memory_for(f"'{spec.label}': its networks and {batches_in_words(spec)}", device):
            self._batches = build_batches(specs, self.game, self.data, device, ranks)
            self.iteration, state = restore(initial_state(specs, self.data))
            self.population = build_population(specs, member, state, self._batches, device)
        set_arithmetic(tf32=spec.precision == "tf32")
        self.device = device
        self.compiled = compiled

    def _compile(self, report: Report) -> None:
        """Compile the updates; where it fails, go on uncompiled and say so."""
        report(self._progress("compiling"))
        try:
            self.population.compile({player: self._batch(player, self._made(player)) for player in self.players})
        except CompilerFailedError as error:
            self.compiled = False
            text = f"the compiler failed, so training runs uncompiled, several times slower ({error})"
            report(self._progress("training", ((self.spec.id, text),)))

    def _iterate(self) -> None:
        """The updates of one player after the other, or one of all at the same time."""
        made = {player: self._made(player) for player in self.players}
        try:
            if self.spec.updates != "alternating":
                self._set_numbers(made)
                self.population.update_together({player: self._batch(player, made[player]) for player in self.players})
            else:
                for player in self.players:
                    end = self.spec.updates_before(player, self.iteration + 1)
                    while made[player] < end:
                        self._set_numbers(made)
                        self.population.update(player, self._batch(player, made[player]))
                        made[player] += 1
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise BatchTooLargeError from None
            raise
        self.iteration += 1
        lookahead = self.spec.lookahead
        if lookahead is not None and self.iteration % lookahead.steps == 0:
            self.population.look_ahead(lookahead.alpha)

    def _batch(self, player: str, update: int) -> Batch:
        return self._batches[player].at(update)

    def _made(self, player: str) -> int:
        """How many updates a player has made."""
        return self.spec.updates_before(player, self.iteration)

    def _set_numbers(self, made: Mapping[str, int]) -> None:
        """Set what changes over the run to what it is in this iteration, after the updates that all players `made`."""
        if any(spec.schedules for spec in self.specs):
            self.population.set_numbers(numbers_of(self.specs, self.players, self.iteration, made))

    def _readings(self) -> dict[str, list[float]]:
        """What is logged of each member [S]: means since the last row, and what is diagnosed, over all ranks."""
        means = self.population.read_meters()
        last = self.players[-1]
        update = self.spec.updates_before(last, self.iteration) - 1
        now = self.ranks.mean(self.population.diagnose(last, self._batch(last, update)))
        readings = {f"train/{name}": values.tolist() for name, values in {**means, **now}.items()}
        if {"score_real", "score_fake"} <= means.keys():
            pairs = zip(readings["train/score_real"], readings["train/score_fake"], strict=True)
            readings["train/margin"] = [real - fake for real, fake in pairs]
        return readings

    def _progress(self, phase: str, warnings: tuple[tuple[str, str], ...] = ()) -> Progress:
        alive = int(self.population.state.alive.sum())
        return Progress(phase=phase, iteration=self.iteration, alive=alive, warnings=warnings)

    def _share_alive(self) -> None:
        """Have all ranks know which members go on: rank 0 ends those that it cannot evaluate."""
        if self.ranks.size > 1:
            self.population.state.alive.copy_(self.ranks.broadcast(self.population.state.alive.cpu()))

    def _require_equal_states(self) -> None:
        """Check that all ranks have the same bits.

        Raises:
            InputError: they have not.
        """
        if self.ranks.size > 1:
            states = [take(self.population.state, index) for index in range(len(self.specs))]
            what = f"'{self.spec.label}': the state after iteration {self.iteration}"
            self.ranks.require_equal(" ".join(map(checkpoint.fingerprint, states)), what)


def whole_packs(batch_size: int, parts: int, pack: int) -> int:
    """Of so many `parts` of a batch, in whole packs."""
    return batch_size // (parts * pack) * pack


def batches_in_words(spec: RunSpec, parts: int = 1, pack: int = 1) -> str:
    """The batches of `spec`, cut into so many `parts` of whole packs."""
    first, second = (whole_packs(size, parts, pack) for size in (spec.batch_size, spec.generator_batch_size))
    return f"batches of {first}" + (f" (discriminator) and {second} (generator)" if first != second else "")
