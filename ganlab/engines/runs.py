"""How far runs are, and which of them make a population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ganlab.errors import InputError
from ganlab.networks import BUILDERS
from ganlab.record import RunDirectory
from ganlab.record.files import for_shell
from ganlab.record.spec import RunSpec
from ganlab.record.spec_file import SpecFile
from ganlab.training import checkpoint
from ganlab.training.record import require_rows

LARGEST_POPULATION = 32
"""Members in one program; on a CPU, more do not fit into the cache."""

State = Literal["done", "continue", "new", "held", "damaged"]


@dataclass(frozen=True, kw_only=True)
class FoundRun:
    """A run, and how far it is.

    Attributes:
        state: "held" if another process is at work on it, so that how far it is changes; "damaged" if its record can
            neither be continued nor counted as done.
        iteration: that of its checkpoint; 0 if it has none.
        fault: what is damaged or lost, in words, and what is done about it; empty if nothing is.
    """

    spec: RunSpec
    folder: Path
    state: State
    iteration: int
    fault: str = ""

    @property
    def is_left(self) -> bool:
        """Whether it can be trained."""
        return self.state in ("continue", "new", "held")

    @property
    def cost(self) -> int:
        """How many updates of all players are left."""
        players = ("discriminator", "generator")
        whole, made = (
            sum(self.spec.updates_before(one, end) for one in players) for end in (self.spec.steps, self.iteration)
        )
        return whole - made


def look_up(file: SpecFile, directory: RunDirectory) -> FoundRun:
    """How far the run that `file` describes is in its `directory`. One that cannot be read is damaged."""
    spec = file.spec
    state: State = "new"
    iteration, fault = 0, ""
    try:
        if directory.exists():
            directory.require_spec(file)
        if _is_done(directory, spec):
            state = "done"
        elif found := checkpoint.find(directory, spec):
            iteration = found.content.iteration
            require_rows(directory, spec, iteration, alive=found.alive)
            state = "continue"
            if found.fault:
                fault = f"{found.fault}; it continues from the checkpoint before it, of iteration {iteration:,}"
        elif rows := directory.metrics():
            last = rows[-1]["global_step"]
            fault = f"{directory.path} has rows up to iteration {last:,} and no checkpoint, so that it begins again"
    except InputError as error:
        state, iteration, fault = "damaged", 0, str(error)
    return FoundRun(spec=spec, folder=directory.path, state=state, iteration=iteration, fault=fault)


def _is_done(directory: RunDirectory, spec: RunSpec) -> bool:
    """Whether the run has its summary.

    Raises:
        InputError: it has one that is damaged or another run's.
    """
    summary = directory.summary()
    if summary is not None and summary.spec_sha256 != spec.sha256:
        raise InputError(
            f"{directory.path} holds the summary of another run; bring its own back, or remove the folder to train it "
            f"anew: rm -r {for_shell(directory.path)}"
        )
    return summary is not None


def pack(runs: Sequence[FoundRun], slots: int = 1) -> list[list[FoundRun]]:
    """Runs of equal program and iteration in groups that fit a population, at least one for each slot."""
    alike: dict[tuple[str, int], list[FoundRun]] = {}
    for run in runs:
        alike.setdefault((run.spec.program, run.iteration), []).append(run)
    groups = []
    for group in alike.values():
        size = 1 if BUILDERS[group[0].spec.builder.name].convolutional else LARGEST_POPULATION
        groups += [group[start : start + size] for start in range(0, len(group), size)]
    while groups and len(groups) < slots:
        largest = max(groups, key=len)
        if len(largest) == 1:
            break
        middle = (len(largest) + 1) // 2
        position = groups.index(largest)
        groups[position : position + 1] = [largest[:middle], largest[middle:]]
    return groups
