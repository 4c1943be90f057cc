"""Options that several commands have."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any, TypeAlias

from ganlab.errors import InputError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What a command adds its parser to."""
WITH_WEIGHTS = ("inception", "vgg16", "clip", "dinov2")
"""The extractors whose weights a user may name; written out because their import takes seconds."""


def add_runs(parser: argparse.ArgumentParser) -> None:
    """``--runs``, the folder of all records."""
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path("runs"),
        metavar="DIR",
        help="the folder of all records (default: runs)",
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """One run, by its id or folder, which is to be sampled or trained again."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its folder")
    add_runs(parser)
    parser.add_argument("--trust", action="store_true", help="run the Python code that the record carries: its plugins")
    add_plugins(parser)


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """``--plugin``, files of the user's own."""
    parser.add_argument(
        "--plugin",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="a Python file of your own that registers variants, networks, data, evaluators and so on",
    )


def use_plugins(options: argparse.Namespace) -> None:
    """Register what the files that `add_plugins` asks for define.

    Raises:
        InputError: one of them cannot be read or used.
    """
    from ganlab.plugins import add_plugin

    for file in options.plugin:
        add_plugin(file)


def add_sweeps(parser: argparse.ArgumentParser) -> None:
    """The sweeps that a result is made of."""
    parser.add_argument(
        "sweeps",
        nargs="+",
        metavar="SWEEP",
        help="a sweep's folder such as runs/gaussian_1d, an archive, or wandb:ENTITY/PROJECT",
    )
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="of W&B's runs, only those whose config says so, such as sweep=gaussian_1d",
    )


def add_metrics(parser: argparse.ArgumentParser) -> None:
    """``--metrics``, a list of names with commas."""
    parser.add_argument(
        "--metrics",
        type=_names,
        metavar="A,B",
        help="the columns, such as w1,best/w1,steps_to/w1=0.02,train_seconds",
    )


def add_sweep_file(parser: argparse.ArgumentParser) -> None:
    """A sweep that is to be planned, and where it is recorded."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the sweep's YAML file")
    parser.add_argument(
        "overrides", nargs="*", metavar="KEY=VALUE", help="keys of the file, such as steps=200 seeds=0..7"
    )
    add_runs(parser)
    parser.add_argument("--no-compile", action="store_true", help="run the updates uncompiled")
    add_plugins(parser)
    add_data(parser)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Where jobs execute."""
    parser.add_argument("--engine", metavar="NAME", help="where to train: local (default), slurm, ray or wandb")
    parser.add_argument(
        "--engine-option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the engine, such as partition=gpu",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="populations at once (default: one a core, one on each GPU)"
    )
    parser.add_argument("--devices", type=_names, metavar="A,B", help="where to train, such as cuda:0,cuda:1")


def engine_options(options: argparse.Namespace) -> dict[str, Any]:
    """What `add_engine` asks for, as a sweep file has it under ``engine``.

    Raises:
        InputError: an option of the engine is no ``KEY=VALUE``.
    """
    from ganlab.sweeps.yaml_loader import parse_yaml

    given: dict[str, Any] = {}
    for text in options.engine_option:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise InputError(f"--engine-option {text}: write KEY=VALUE, such as partition=gpu")
        given[key] = parse_yaml(value, f"--engine-option {key}")
    asked = {"name": options.engine, "workers": options.workers, "devices": options.devices}
    return {**given, **{key: value for key, value in asked.items() if value is not None}}


def add_data(parser: argparse.ArgumentParser) -> None:
    """Options that say where files are; they are passed to every process through environment variables."""
    parser.add_argument("--data-root", metavar="DIR", help="where data sets are stored (default: GANLAB_DATA, or data)")
    parser.add_argument("--download", action="store_true", help="download what is missing")
    parser.add_argument("--inception-weights", metavar="FILE", help="Inception weights, for FID and similar metrics")
    parser.add_argument(
        "--extractor-weights",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help=f"the weights of an extractor: {', '.join(WITH_WEIGHTS)}",
    )


def set_environment(options: argparse.Namespace) -> None:
    """Put what `add_data` asks for into the environment."""
    for option, name in (("data_root", "GANLAB_DATA"), ("inception_weights", "GANLAB_INCEPTION_WEIGHTS")):
        if getattr(options, option, None):
            os.environ[name] = getattr(options, option)
    for text in getattr(options, "extractor_weights", []):
        name, _, file = text.partition("=")
        if name not in WITH_WEIGHTS or not file:
            raise InputError(f"--extractor-weights {text}: write NAME=FILE, with NAME one of {', '.join(WITH_WEIGHTS)}")
        os.environ[f"GANLAB_{name.upper()}_WEIGHTS"] = file
    if getattr(options, "download", False):
        os.environ["GANLAB_DOWNLOAD"] = "1"


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]
