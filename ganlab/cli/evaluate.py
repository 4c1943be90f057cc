"""``ganlab evaluate``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ganlab.cli.options import Commands, add_data, add_plugins, use_plugins
from ganlab.cli.output import say
from ganlab.text import one_line

if TYPE_CHECKING:
    from ganlab.data.real_images import Side


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("evaluate", help="measure images against others")
    parser.set_defaults(command=evaluate)
    parser.add_argument(
        "images", metavar="PATH", help="a folder of images, an .npz or .npy file, or an .npz of mu and sigma"
    )
    parser.add_argument(
        "--against", required=True, metavar="PATH_OR_DATASET", help="the real images, or a data set such as cifar10"
    )
    parser.add_argument(
        "--metrics",
        metavar="A,B",
        help="default: those of fid, inception_score and kid that can be measured",
    )
    parser.add_argument(
        "--size", type=_side, metavar="N", help="crop both sides' images to squares and resize them to N x N pixels"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text")
    add_plugins(parser)
    add_data(parser)


def evaluate(options: argparse.Namespace) -> int:
    """Print the scores of images; with ``--format json`` all but the values goes to standard error."""
    from ganlab.data.real_images import read_side, real_side, with_like_channels
    from ganlab.evaluation.images import score

    use_plugins(options)
    metrics = [name.strip() for name in options.metrics.split(",")] if options.metrics else None
    about = sys.stdout if options.format == "text" else sys.stderr
    console = Console(stderr=True)
    with console.status(""):
        against = real_side(options.against, options.size)
        side, against = with_like_channels(read_side(options.images, options.size), against)
    for line in _found(side, against):
        print(one_line(line), file=about, flush=True)
    with console.status("") as status:
        scores = score(side.measured, against.content, metrics, report=lambda text: status.update(Text(text)))
        floors = scores.floors() if options.format == "text" else {}
    if options.format == "json":
        print(json.dumps(scores.values))
    else:
        print()
        for name, value in scores.values.items():
            known = f"true images: {floors[name]:.4g}" if name in floors else ""
            say(f"{name:<20} {value:<12.6g} {known}".rstrip())
        print()
        for name, estimator in scores.estimators.items():
            say(f"{name}: {estimator}")
    for note in scores.notes:
        print(one_line(f"note: {note}"), file=about)
    return 0


def _found(side: Side, against: Side) -> list[str]:
    """What was found on both sides, for the user to check."""
    same = ["note: both sides are the same, so that distances are 0 but for rounding"] if side.equals(against) else []
    return [f"measured: {side.found}", f"against: {against.found}", *same]


def _side(text: str) -> int:
    try:
        side = int(text)
    except ValueError:
        side = 0
    if not 1 <= side <= 1024:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; write a number of pixels from 1 to 1024")
    return side
