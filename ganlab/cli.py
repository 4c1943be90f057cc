"""The command line: it parses, calls, and prints."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from ganlab import __version__
from ganlab.errors import InputError
from ganlab.registry import Registry

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` name; gives the exit status."""
    options = _parse(arguments)
    _set_environment(options)
    try:
        status: int = options.command(options)
    except InputError as error:
        print(f"ganlab: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except PermissionError as error:
        print(f"ganlab: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Options in any order: overrides of a sweep may also follow flags, which argparse takes for strangers."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    strangers = [one for one in rest if one.startswith("-") or "overrides" not in options]
    if strangers:
        parser.error(f"unrecognized arguments: {' '.join(strangers)}; see ganlab --help")
    if rest:
        options.overrides += rest
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ganlab", description="GAN variants over many seeds, measured, and turned into tables."
    )
    parser.add_argument("--version", action="version", version=f"ganlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    sweep = commands.add_parser("sweep", help="train what is left of a sweep, and print its table")
    sweep.set_defaults(command=_sweep)
    sweep.add_argument("file", type=Path, metavar="FILE", help="the sweep's YAML file")
    sweep.add_argument(
        "overrides", nargs="*", metavar="KEY=VALUE", help="keys of the file, such as steps=200 seeds=0..7"
    )
    _add_runs(sweep)
    sweep.add_argument("--dry-run", action="store_true", help="print the plan and do nothing")
    sweep.add_argument("--no-compile", action="store_true", help="run the updates uncompiled")
    sweep.add_argument(
        "--variant-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a Python file that registers variants",
    )
    sweep.add_argument(
        "--workers", type=int, metavar="N", help="populations at once (default: one a core, one on a GPU)"
    )
    _add_data(sweep)

    table = commands.add_parser("table", help="print the benchmark table of a sweep")
    table.set_defaults(command=_table)
    table.add_argument("folder", type=Path, metavar="FOLDER", help="the sweep's folder, such as runs/gaussian_1d")
    table.add_argument("--format", choices=["md", "latex", "csv", "json"], default="md")
    table.add_argument("--metrics", metavar="A,B", help="the metrics to show, such as w1,ks,best/w1")

    listing = commands.add_parser("list", help="list variants, builders, data sets and evaluators")
    listing.set_defaults(command=_list)
    listing.add_argument("--variant-file", action="append", default=[], metavar="FILE")

    sample = commands.add_parser("sample", help="draw samples from a trained generator")
    sample.set_defaults(command=_sample)
    _add_run(sample)
    sample.add_argument("-n", type=int, default=10_000, metavar="N", help="how many (default: 10000)")
    sample.add_argument("--seed", type=int, default=0, metavar="K", help="of the latents (default: 0)")
    sample.add_argument("--label", type=int, metavar="K", help="of a conditional generator (default: all in turn)")
    sample.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="PLACE",
        help="FILE.npy; images also as a grid in FILE.png, as FILE.npz, or as PNG files in FOLDER/",
    )
    _add_data(sample)

    evaluate = commands.add_parser("evaluate", help="measure images against others")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("images", type=Path, metavar="PATH", help="a folder of images, an .npz or an .npy file")
    evaluate.add_argument(
        "--against", required=True, metavar="PATH_OR_DATASET", help="the real images, or a data set such as cifar10"
    )
    evaluate.add_argument("--metrics", default="fid,inception_score,kid", metavar="A,B", help="default: %(default)s")
    evaluate.add_argument("--format", choices=["text", "json"], default="text")
    _add_data(evaluate)

    extractor = commands.add_parser("extractor", help="classifiers whose features measure images")
    actions = extractor.add_subparsers(required=True, metavar="ACTION")
    train = actions.add_parser("train", help="train the classifier of a data set, unless it is there")
    train.set_defaults(command=_extractor_train)
    train.add_argument("name", metavar="NAME", help="a labelled set of images, such as mnist")
    _add_data(train)

    reproduce = commands.add_parser("reproduce", help="train a run again and compare it bit for bit")
    reproduce.set_defaults(command=_reproduce)
    _add_run(reproduce)
    _add_data(reproduce)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path("runs"),
        metavar="DIR",
        help="the folder of all records (default: runs)",
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id or its folder")
    _add_runs(parser)


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Options that say where things lie; they reach every process through the environment."""
    parser.add_argument("--data-root", metavar="DIR", help="where data sets lie (default: GANLAB_DATA, or data)")
    parser.add_argument("--download", action="store_true", help="fetch what is not there")
    parser.add_argument("--inception-weights", metavar="FILE", help="the weights for FID and its kin")


def _set_environment(options: argparse.Namespace) -> None:
    for option, name in (("data_root", "GANLAB_DATA"), ("inception_weights", "GANLAB_INCEPTION_WEIGHTS")):
        if getattr(options, option, None):
            os.environ[name] = getattr(options, option)
    if getattr(options, "download", False):
        os.environ["GANLAB_DOWNLOAD"] = "1"


def _sweep(options: argparse.Namespace) -> int:
    from ganlab.processes import start_server

    if not options.dry_run and options.file.exists():
        start_server()
    from ganlab.sweeps import LocalEngine, launch, load_sweep, make_plan, print_closing, print_plan
    from ganlab.training.devices import find_device

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's stop is Ctrl-C
    console = Console(highlight=False, soft_wrap=True)
    sweep = load_sweep(options.file, options.overrides, options.variant_file)
    engine = LocalEngine(options.workers, on_gpu=find_device(sweep.device).type != "cpu")
    plan = make_plan(sweep, options.runs, engine.slots, compiled=not options.no_compile)
    print_plan(plan, console)
    if options.dry_run:
        return 0
    result = launch(plan, engine, console)
    status = INTERRUPTED if result.stopped else 1 if result.faults else 0
    if not result.stopped:
        status = max(status, _print_table(plan.folder))
    print_closing(plan, result, console)
    return status


def _print_table(folder: Path) -> int:
    from ganlab.results import build, render

    try:
        print(f"\n{render(build(folder), 'md')}\n")
    except InputError as error:
        print(f"\nganlab: no table: {error}\n", file=sys.stderr)
        return 1
    return 0


def _table(options: argparse.Namespace) -> int:
    from ganlab.results import build, render

    metrics = [name.strip() for name in options.metrics.split(",")] if options.metrics else None
    print(render(build(options.folder, metrics), options.format))
    return 0


def _list(options: argparse.Namespace) -> int:
    import ganlab.evaluation.images  # noqa: F401 (registers its evaluators)
    from ganlab.data import DATA
    from ganlab.evaluation import EVALUATORS
    from ganlab.networks import BUILDERS
    from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS, load_file

    for file in options.variant_file:
        load_file(Path(file))
    registries: tuple[Registry[Any], ...] = (VARIANTS, PENALTIES, CONSTRAINTS, BUILDERS, DATA, EVALUATORS)
    width = max(len(name) for registry in registries for name in registry.names)
    for registry in registries:
        print(registry.plural)
        for entry in registry:
            print(f"  {entry.name:<{width}}  {entry.summary}{f'  [{entry.paper}]' if entry.paper else ''}")
    return 0


def _sample(options: argparse.Namespace) -> int:
    from ganlab.tracking.finding import find_run
    from ganlab.training import load_trained, require_place, save_samples

    require_place(options.output)
    if options.n < 1:
        raise InputError(f"cannot draw {options.n} samples; -n takes a number from 1 on")
    trained = load_trained(find_run(options.run, options.runs))
    samples = trained.sample(options.n, options.seed, options.label)
    save_samples(options.output, samples)
    print(f"{options.n:,} samples of shape {samples.shape[1:]} in {options.output}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from ganlab.data.image_files import read_images
    from ganlab.data.real_images import real_images
    from ganlab.evaluation.images import score

    metrics = [name.strip() for name in options.metrics.split(",")]
    with Console(stderr=True).status("") as status:
        against = real_images(options.against)
        values = score(read_images(options.images), against, metrics, report=lambda text: status.update(Text(text)))
    if options.format == "json":
        print(json.dumps(values))
    else:
        for name, value in values.items():
            print(f"{name:<20} {value:.6g}")
    return 0


def _extractor_train(options: argparse.Namespace) -> int:
    from ganlab.evaluation.images.classifier import ensure_classifier

    with Console(stderr=True).status("") as status:
        classifier = ensure_classifier(options.name, report=lambda text: status.update(Text(text)))
    print(f"{options.name}: accuracy {classifier.accuracy:.2%} on its test images, weights {classifier.weights[:16]}")
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    from ganlab.sweeps import reproduce
    from ganlab.tracking.finding import find_run

    verdict = reproduce(find_run(options.run, options.runs), Console(highlight=False, soft_wrap=True))
    print(verdict.text)
    return 0 if verdict.identical else 1
