"""``ganlab evaluate``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ganlab.cli.options import add_data

if TYPE_CHECKING:
    from ganlab.cli.options import Commands


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("evaluate", help="measure images against others")
    parser.set_defaults(command=evaluate)
    parser.add_argument("images", type=Path, metavar="PATH", help="a folder of images, an .npz or an .npy file")
    parser.add_argument(
        "--against", required=True, metavar="PATH_OR_DATASET", help="the real images, or a data set such as cifar10"
    )
    parser.add_argument("--metrics", default="fid,inception_score,kid", metavar="A,B", help="default: %(default)s")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    add_data(parser)


def evaluate(options: argparse.Namespace) -> int:
    """Print what images score."""
    from ganlab.data.image_files import read_images
    from ganlab.data.real_images import real_images
    from ganlab.evaluation.images import score

    metrics = [name.strip() for name in options.metrics.split(",")]
    with Console(stderr=True).status("") as status:
        against = real_images(options.against)
        images = read_images(options.images)
        scores = score(images, against, metrics, report=lambda text: status.update(Text(text)))
        floors = scores.floors() if options.format == "text" else {}
    if options.format == "json":
        print(json.dumps(scores.values))
        return 0
    for name, value in scores.values.items():
        known = f"true images: {floors[name]:.4g}" if name in floors else ""
        print(f"{name:<20} {value:<12.6g} {known}".rstrip())
    print(f"\n{len(images):,} images against {len(against.images):,}, {against.name}")
    for name, estimator in scores.estimators.items():
        print(f"{name}: {estimator}")
    return 0
