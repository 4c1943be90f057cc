"""Training a recorded run again, alone, and comparing the two."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from torch import Tensor

from ganlab.checkpoint_file import fingerprint
from ganlab.compiler import check_compiler
from ganlab.compiler.toolchain import quieten
from ganlab.errors import InputError
from ganlab.processes import temporary_folder
from ganlab.record import RunDirectory, RunSpec, SpecFile, Summary
from ganlab.sweeps.display import say
from ganlab.training import Progress, Trainer, checkpoint, read_spec
from ganlab.training.devices import find_device
from ganlab.training.setup import load_data


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether every bit of the final state and of the final metrics is the same, and the result in words."""

    identical: bool
    text: str


def reproduce(run: RunDirectory, console: Console, trust: bool = False) -> Verdict:
    """Train `run` again as a population of one, with one thread, and compare.

    Args:
        run: its directory.
        console: for progress.
        trust: whether code that the record carries may be run.

    Raises:
        InputError: the run is not finished, carries code that is not trusted, its data is no longer there or no longer
            the same, or this machine lacks the kind of device that the run was trained on.
    """
    recorded = run.summary()
    if recorded is None:
        raise InputError(f"{run.path} is not finished, so there is nothing to compare with; run its sweep first")
    spec = read_spec(run, trust)
    device = find_device(recorded.environment.device)
    load_data(spec)
    state = checkpoint.require(run, spec).content.state
    quieten()
    torch.set_num_threads(1)
    compiled = recorded.environment.compiled
    if compiled:
        compiled, notice = check_compiler()
        if notice:
            say(console, notice)
    with tempfile.TemporaryDirectory(dir=temporary_folder()) as folder:
        again = _train(spec, RunDirectory(Path(folder) / spec.id), compiled, device, console)
        summary = again.summary()
        assert summary is not None
        new_state = checkpoint.require(again, spec).content.state
    return _verdict(run, recorded, summary, (state, new_state))


def _train(
    spec: RunSpec, directory: RunDirectory, compiled: bool, device: torch.device, console: Console
) -> RunDirectory:
    with directory.open(SpecFile.of(spec, "reproduced")), Bars(console=console) as bars:
        task = bars.add_task(escape(f"{spec.id} again"), total=spec.steps)

        def report(progress: Progress) -> None:
            bars.update(task, completed=progress.iteration)

        Trainer([spec], [directory], compiled, device).run(report, lambda: False)
    return directory


def _verdict(run: RunDirectory, old: Summary, new: Summary, states: Sequence[Mapping[str, Tensor]]) -> Verdict:
    """The verdict on two summaries and final states. The recorded state must have the hash in its summary."""
    common = old.final.keys() & new.final.keys()
    alone = sorted(old.final.keys() ^ new.final.keys())
    same_state = {fingerprint(state) for state in states} == {old.state_sha256}
    if same_state and all(old.final[key] == new.final[key] for key in common):
        unmeasured = f"; only one of the two could measure {', '.join(alone)}" if alone else ""
        return Verdict(
            identical=True,
            text=f"{run.path.name} is bit-identical: state {old.state_sha256[:16]} and final metrics{unmeasured}",
        )
    name = old.protocol.primary
    was, now = dict(old.environment), dict(new.environment)
    unlike = [f"{key} {was[key]} -> {now[key]}" for key in now if was[key] != now[key]]
    return Verdict(
        identical=False,
        text=(
            f"{run.path.name} is NOT bit-identical: parameters differ by at most {_largest_gap(states):.3g}, "
            f"{name} was {old.final.get(name)} and is {new.final.get(name)}; "
            f"environment: {', '.join(unlike) or 'the same'}"
        ),
    )


def _largest_gap(states: Sequence[Mapping[str, Tensor]]) -> float:
    """The largest difference between two parameters of the networks."""
    first, second = states
    return float(max((first[name] - second[name]).abs().max() for name in first if ".parameters" in name))
