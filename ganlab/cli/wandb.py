"""``ganlab wandb``."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ganlab.cli.options import Commands, add_runs, add_sweep_file, use_plugins
from ganlab.cli.output import say
from ganlab.cli.signals import stop_on_signals
from ganlab.extras import needed_for
from ganlab.text import one_line


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("wandb", help="upload runs to W&B, have its agents train, and make reports there")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    uploader = actions.add_parser("sync", help="upload the runs that were recorded offline")
    uploader.set_defaults(command=sync)
    uploader.add_argument(
        "sweeps", nargs="*", type=Path, metavar="SWEEP", help="folders of sweeps (default: all of them)"
    )
    add_runs(uploader)

    reporter = actions.add_parser("report", help="make a W&B Report of a sweep's results")
    reporter.set_defaults(command=report)
    reporter.add_argument("sweep", metavar="SWEEP", help="a sweep's folder such as runs/gaussian_1d, or an archive")
    reporter.add_argument(
        "--project", metavar="ENTITY/PROJECT", help="where its runs are (default: where a sweep's runs go)"
    )

    registrar = actions.add_parser("sweep", help="register the unfinished runs of a sweep for any number of W&B agents")
    registrar.set_defaults(command=sweep)
    add_sweep_file(registrar)
    registrar.add_argument("--workers", type=int, metavar="N", help="agents that are to share the work (default: 1)")

    trainer = actions.add_parser("trial", help="train one population of such a sweep, as agents do")
    trainer.set_defaults(command=trial)
    trainer.add_argument("file", type=Path, metavar="FILE", help="the list of populations, in the sweep's folder")
    trainer.add_argument("--population", required=True, metavar="NAME", help="the one to train")


def sync(options: argparse.Namespace) -> int:
    """Upload what was recorded offline, and say what was done, a line a sweep."""
    from ganlab.tracking.wandb_login import require_login
    from ganlab.tracking.wandb_sync import require_sweeps, sweeps_with_wandb, upload

    sweeps = options.sweeps or sweeps_with_wandb(options.runs)
    require_sweeps(sweeps)
    require_login()
    uploads = []
    with Console(stderr=True).status("") as status:
        for sweep in sweeps:
            status.update(Text(one_line(f"{sweep}: uploading")))
            uploads.append(upload(sweep))
            say(str(uploads[-1]))
    return 1 if any(one.failed for one in uploads) else 0


def report(options: argparse.Namespace) -> int:
    """Save a report on a sweep in W&B, and print where it is."""
    from ganlab.results import read_runs

    with needed_for("a W&B report"):
        from ganlab.results.wandb_report import publish

    say(publish(read_runs([options.sweep]), options.project))
    return 0


def sweep(options: argparse.Namespace) -> int:
    """Write the directories of a sweep's runs, register it, and print the command that starts an agent."""
    from ganlab.engines.wandb_agents import WandbAgents
    from ganlab.sweeps import load_sweep, prepare, print_plan, record

    console = Console(highlight=False, soft_wrap=True)
    use_plugins(options)
    asked = load_sweep(options.file, options.overrides)
    choice = {"name": "wandb"} | ({} if options.workers is None else {"workers": options.workers})
    plan, engine = prepare(asked, options.runs, choice, compiled=not options.no_compile)
    assert isinstance(engine, WandbAgents)
    print_plan(plan, console)
    record(plan)
    for line in engine.register(plan.jobs) if plan.jobs else ["nothing is left to be trained"]:
        say(line)
    return 0


def trial(options: argparse.Namespace) -> int:
    """Train one population of a registered sweep; what it did stands there, and in W&B."""
    from ganlab.engines.wandb_trial import do_trial

    stop_on_signals()
    return do_trial(options.file, options.population, say)
