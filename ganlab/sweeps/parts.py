"""A whole sweep: the one plan of most, and of a search one after the other."""

from __future__ import annotations

from rich.console import Console

from ganlab.engines import Engine, StoppedError
from ganlab.record.stop import is_asked_to_end
from ganlab.sweeps.launch import Result, launch
from ganlab.sweeps.messages import print_plan
from ganlab.sweeps.plan import Plan


def launch_all(plan: Plan, engine: Engine, console: Console) -> tuple[Plan, Result]:
    """Launch `plan`, and what follows it until it is stopped; gives the last plan that was launched, and how all went.

    Raises:
        InputError: as `launch`, or no trial of a row has ended, so that nothing can follow.
    """
    result = launch(plan, engine, console)
    while plan.following and not result.stopped:
        following = plan.following()
        if is_asked_to_end(plan.folder):  # when no run of it was held any more, or none noticed
            result.stopped = StoppedError()
            break
        plan = following
        print_plan(plan, console)
        last = launch(plan, engine, console)
        result = Result(
            stopped=last.stopped, faults=[*result.faults, *last.faults], tracking=[*result.tracking, *last.tracking]
        )
    return plan, result
