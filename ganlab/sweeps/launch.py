"""From a sweep's plan to finished runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.text import Text

from ganlab.engines import Engine, Job, Listener, Outcome, StoppedError, make_engine
from ganlab.engines.runs import look_up
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.files import for_shell
from ganlab.record.lease import HeldError, Holder, Watcher, hold
from ganlab.record.overview import look_over
from ganlab.record.stop import let_go_on
from ganlab.record.sweep_index import read_index
from ganlab.sweeps.display import Display, say
from ganlab.sweeps.plan import Plan, jobs_of, make_plan, write_plan
from ganlab.sweeps.schema import Sweep
from ganlab.sweeps.search.phases import Phases
from ganlab.tracking import Mirror
from ganlab.tracking.mirror import SECONDS_FOR_MIRROR, SECONDS_FOR_MIRROR_WHEN_STOPPED
from ganlab.training.evaluating import evaluation_for
from ganlab.training.recorded import read_spec
from ganlab.training.setup import build_game, load_data


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


def prepare(
    sweep: Sweep, runs: Path, options: Mapping[str, Any] | None = None, compiled: bool = True
) -> tuple[Plan, Engine]:
    """The plan of `sweep`, recorded below the folder `runs`, and what executes it; of a search, that of its next part.

    Args:
        sweep: what to train.
        runs: the folder of all records.
        options: of the engine, beside or in the place of those that the sweep gives; its `name` among them.
        compiled: whether updates are compiled.

    Raises:
        InputError: something in the sweep is wrong, or the engine cannot do what is asked for.
    """
    asked = options or {}
    given = sweep.engine if asked.get("name", sweep.engine["name"]) == sweep.engine["name"] else {}
    engine = make_engine({**given, **asked}, sweep.device)
    slots = engine.capacity().jobs
    plan = Phases(sweep, runs, slots, compiled).next() if sweep.search else make_plan(sweep, runs, slots, compiled)
    return plan, engine


def plan_of_failed(
    folder: Path, options: Mapping[str, Any], compiled: bool = True, trust: bool = False
) -> tuple[Plan, Engine]:
    """The plan of training those runs of the sweep in `folder` that have failed, from what they say of themselves, and
    what executes it; see `prepare`.

    Args:
        trust: whether code that the records carry, their plugins, may be run.

    Raises:
        InputError: there is no sweep, none of its runs has failed, one of those cannot be read, or the engine cannot do
            what is asked for.
    """
    engine = make_engine({"name": "local", **options}, "auto")
    failed = look_over(folder, Watcher()).failed
    if not failed:
        raise InputError(f"no run in {folder} has failed; 'ganlab status {for_shell(folder)}' says how far they are")
    index = read_index(folder)
    directories = [RunDirectory(folder / name) for name in failed]
    for directory in directories:
        read_spec(directory, trust)
    runs = tuple(look_up(directory.spec(), directory) for directory in directories)
    plan = Plan(
        folder=folder,
        signature=index.signature if index else None,
        compiled=compiled,
        found=(),
        runs=runs,
        jobs=jobs_of(runs, engine.capacity().jobs, compiled, "auto"),
        again=True,
    )
    return plan, engine


def launch(plan: Plan, engine: Engine, console: Console) -> Result:
    """Run the remaining jobs of `plan`, mirroring the runs to W&B. Others may be at work on the same sweep.

    Raises:
        InputError: another launcher works on the sweep with other settings, or its folder cannot be written.
    """
    with _announced(plan):
        let_go_on(plan.folder)
        _prepare_evaluations(plan, engine.capacity().devices, console)
        write_plan(plan)
        return _run(plan, engine, console)


def record(plan: Plan) -> None:
    """Write the directories of the runs of `plan`, and train none.

    Raises:
        InputError: a launcher works on the sweep with other settings, or its folder cannot be written.
    """
    with _announced(plan):
        let_go_on(plan.folder)
        write_plan(plan)


@contextmanager
def _announced(plan: Plan) -> Iterator[None]:
    """Have launchers that would work in the plan's folder with other settings be refused within the block.

    Raises:
        InputError: one is there already, or nothing can be written.
    """
    about = {"settings": plan.settings}

    def agrees(holder: Holder) -> bool:
        theirs = holder.about.get("settings", {})
        return all(plan.settings.get(row, one) == one for row, one in theirs.items())

    with ExitStack() as stack:
        try:
            plan.folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(hold([plan.folder], kind="launcher", about=about, beside=agrees))
        except HeldError as held:
            raise InputError(
                f"another launcher ({held.holder}) works on {plan.folder} with other settings; wait for it, stop it "
                f"with 'ganlab stop {for_shell(plan.folder)}', or choose another folder with --runs"
            ) from None
        except OSError as error:
            raise InputError(
                f"cannot write to {plan.folder}: {error.strerror}; choose another folder with --runs"
            ) from None
        yield


def _prepare_evaluations(plan: Plan, devices: Sequence[str], console: Console) -> None:
    """Compute once what every job on this machine would compute: features of real images, and the networks for them."""
    specs = [run.spec for run in plan.runs if run.is_left] if devices else []
    first_of = {(one.dataset, one.evaluation.samples, one.conditional, one.evaluators): one for one in specs}
    for (dataset, *_), spec in first_of.items():
        data = load_data(spec)
        if data.reference.of_images:
            with console.status(Text(f"{dataset}: preparing to evaluate")) as status:
                if not console.is_terminal:
                    say(console, f"{dataset}: preparing to evaluate")
                game = build_game(spec, data.form)
                device = torch.device(devices[0])
                evaluation = evaluation_for(spec, game, data.reference, device, lambda text: status.update(Text(text)))
                evaluation.floors()
                evaluation.real()
            if evaluation.notice:
                say(console, f"{dataset}: {evaluation.notice}")
            del evaluation  # or its networks stay on the GPU beside what is trained
            torch.cuda.empty_cache()


def _run(plan: Plan, engine: Engine, console: Console) -> Result:
    result = Result(faults=[f"{run.spec.id}: {run.fault}" for run in plan.runs if run.state == "damaged"])
    with _mirroring(plan, engine, result.tracking) as mirror:
        result.stopped = _train(plan, engine, console, result.faults)
        if mirror:
            timeout = SECONDS_FOR_MIRROR_WHEN_STOPPED if result.stopped else SECONDS_FOR_MIRROR
            result.tracking += mirror.finish(timeout)
    return result


@contextmanager
def _mirroring(plan: Plan, engine: Engine, lines: list[str]) -> Iterator[Mirror | None]:
    """A mirror of all runs; None where jobs mirror their own, or another launcher does, which is added to `lines`."""
    with ExitStack() as stack:
        mirror = None
        try:
            if not engine.capacity().mirrored:
                stack.enter_context(hold([plan.folder], kind="mirror", patience=0))
                mirror = stack.enter_context(Mirror(plan.folder))
                for run in plan.runs:
                    mirror.watch(run.folder)
        except HeldError as held:
            rest = f"ganlab wandb sync {for_shell(plan.folder)}"
            lines.append(f"W&B is left to another launcher ({held.holder}); what it does not send: {rest}")
        yield mirror


def _train(plan: Plan, engine: Engine, console: Console, faults: list[str]) -> KeyboardInterrupt | None:
    """Run the jobs, adding to `faults`; gives by whom they were stopped, if they were."""
    with Display(console, plan.jobs) as display:

        def on_end(job: Job, outcome: Outcome) -> None:
            if outcome.fault:
                faults.append(f"{job.title}: {outcome.fault}")
            display.on_end(job, outcome)

        try:
            listener = Listener(
                on_start=display.on_start,
                on_end=on_end,
                on_split=display.on_split,
                on_wait=display.on_wait,
                on_note=display.say,
            )
            engine.run(plan.jobs, listener)
        except StoppedError as stopped:
            return stopped
    return None
