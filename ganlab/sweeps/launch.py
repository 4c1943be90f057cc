"""From a sweep's plan to finished runs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from rich.console import Console
from rich.text import Text

from ganlab.errors import InputError
from ganlab.sweeps.display import Display, say
from ganlab.sweeps.engines.local import Listener, LocalEngine, StoppedError
from ganlab.sweeps.plan import Job, Plan, make_plan, write_plan
from ganlab.sweeps.schema import Sweep
from ganlab.tracking import Mirror
from ganlab.training.devices import find_device
from ganlab.training.evaluating import evaluation_for
from ganlab.training.setup import build_game, load_data

SECONDS_FOR_MIRROR = 30.0
SECONDS_FOR_MIRROR_WHEN_STOPPED = 8.0


@dataclass(kw_only=True)
class Result:
    """How a sweep went.

    Attributes:
        stopped: by whom, if Ctrl-C was pressed or another signal came.
        faults: of the jobs that failed, in words.
        tracking: lines about what W&B has.
    """

    stopped: KeyboardInterrupt | None = None
    faults: list[str] = field(default_factory=list)
    tracking: list[str] = field(default_factory=list)


def plan_on_this_machine(
    sweep: Sweep, runs: Path, workers: int | None = None, compiled: bool = True
) -> tuple[Plan, LocalEngine]:
    """The plan of `sweep`, recorded below the folder `runs`, and what executes it.

    Args:
        sweep: what to train.
        runs: the folder of all records.
        workers: populations at once; by default one a core, and one on a GPU.
        compiled: whether updates are compiled.
    """
    engine = LocalEngine(workers, on_gpu=find_device(sweep.device).type != "cpu")
    return make_plan(sweep, runs, engine.slots, compiled), engine


def launch(plan: Plan, engine: LocalEngine, console: Console) -> Result:
    """Run the remaining jobs of `plan`, mirroring the runs to W&B.

    Raises:
        InputError: another process works on the same sweep.
    """
    with _hold(plan.folder):
        _prepare_evaluations(plan, console)
        write_plan(plan)
        return _run(plan, engine, console)


def _hold(folder: Path) -> AbstractContextManager[object]:
    """Keep other processes from working in `folder`, which is made if need be.

    Raises:
        InputError: one does, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / ".lock", timeout=0).acquire()
    except Timeout:
        raise InputError(
            f"another sweep is writing to {folder}; wait for it, or choose another folder with --runs"
        ) from None
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror}; choose another folder with --runs") from None


def _prepare_evaluations(plan: Plan, console: Console) -> None:
    """Compute once what every job would compute by itself: features of real images, and the networks for them."""
    specs = [run.spec for job in plan.jobs for run in job.runs]
    first_of = {(one.dataset, one.evaluation.samples, one.conditional, one.evaluators): one for one in specs}
    for (dataset, *_), spec in first_of.items():
        data = load_data(spec)
        if data.reference.of_images:
            with console.status(Text(f"{dataset}: preparing to evaluate")) as status:
                if not console.is_terminal:
                    say(console, f"{dataset}: preparing to evaluate")
                game = build_game(spec, data.form)
                evaluation = evaluation_for(
                    spec, game, data.reference, plan.device, lambda text: status.update(Text(text))
                )
                evaluation.floors()
                evaluation.real()
            if evaluation.notice:
                say(console, f"{dataset}: {evaluation.notice}")
            del evaluation  # or its networks stay on the GPU beside what is trained
            torch.cuda.empty_cache()


def _run(plan: Plan, engine: LocalEngine, console: Console) -> Result:
    result = Result(faults=[f"{run.spec.id}: {run.fault}" for run in plan.runs if run.state == "damaged"])
    with Mirror(plan.folder) as mirror:
        for run in plan.runs:
            mirror.watch(run.folder)
        result.stopped = _train(plan, engine, console, result.faults)
        timeout = SECONDS_FOR_MIRROR_WHEN_STOPPED if result.stopped else SECONDS_FOR_MIRROR
        result.tracking = mirror.finish(timeout)
    return result


def _train(plan: Plan, engine: LocalEngine, console: Console, faults: list[str]) -> KeyboardInterrupt | None:
    """Run the jobs, adding to `faults`; gives by whom they were stopped, if they were."""
    with Display(console, plan.jobs) as display:

        def on_end(job: Job, fault: str) -> None:
            if fault:
                faults.append(f"{job.title}: {fault}")
            display.on_end(job, fault)

        try:
            listener = Listener(
                on_start=display.on_start, on_message=display.on_message, on_end=on_end, on_split=display.on_split
            )
            engine.run(plan.jobs, listener)
        except StoppedError as stopped:
            return stopped
    return None
