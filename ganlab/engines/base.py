"""What an engine is: where jobs execute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ganlab.engines.job import Job, Outcome
from ganlab.errors import InputError
from ganlab.options import Options, parse, shown
from ganlab.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many jobs run at once, and on what.

    Attributes:
        devices: of this machine, as torch names them; none where jobs run elsewhere.
        mirrored: whether the jobs themselves show their runs in W&B, so that the launcher need not.
    """

    jobs: int
    devices: tuple[str, ...] = ()
    mirrored: bool = False


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Callbacks about jobs while they run. How far they are stands in their progress files.

    `on_end` takes how the job ended. `on_split` takes a job for which there is no memory,
    the smaller ones that are run instead, and why; the job has then ended. `on_wait` takes a job that is put off, and
    why: another launcher works on its runs, or it died and is tried again. `on_note` takes a line that users should
    read.
    """

    on_start: Callable[[Job], None] = lambda job: None
    on_end: Callable[[Job, Outcome], None] = lambda job, outcome: None
    on_split: Callable[[Job, Sequence[Job], str], None] = lambda job, parts, reason: None
    on_wait: Callable[[Job, str], None] = lambda job, reason: None
    on_note: Callable[[str], None] = lambda line: None


SILENT = Listener()


class StoppedError(KeyboardInterrupt):
    """The jobs were asked to stop, and did at a checkpoint; its argument is the number of the signal, if known."""


class Engine(Protocol):
    """Where jobs execute. Queues, retries and placement are its own, or its cluster's."""

    def capacity(self) -> Capacity:
        """How many jobs it runs at once.

        Raises:
            InputError: it cannot be reached, or lacks what was asked for.
        """

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Run all `jobs`.

        Raises:
            StoppedError: Ctrl-C was pressed, another signal came, or the sweep was asked to end; every job is then at a
                checkpoint.
        """


@dataclass(frozen=True, kw_only=True)
class EngineSource:
    """An engine as users choose it.

    Attributes:
        options: what may stand beside its name under ``engine``.
        make: the engine with these options, for a sweep that asks for this device.
    """

    name: str
    summary: str
    paper: str = ""
    options: type[Options]
    make: Callable[[Any, str], Engine]


ENGINES: Registry[EngineSource] = Registry("engine")


def register(source: EngineSource) -> EngineSource:
    """Have `source` be known by its name."""
    return ENGINES.add(source)


def make_engine(choice: Mapping[str, Any], device: str) -> Engine:
    """The engine that `choice` names under ``name``, with the options beside it, for a sweep on `device`.

    Raises:
        InputError: there is no such engine, an option is wrong, or it lacks what was asked for.
    """
    options = {key: value for key, value in choice.items() if key != "name"}
    if not isinstance(choice["name"], str):
        known = ", ".join(ENGINES.names)
        raise InputError(f"the name of the engine is {shown(choice['name'])}; it must be one of {known}")
    source = ENGINES[choice["name"]]
    return source.make(parse(source.options, options, f"engine '{source.name}'"), device)
