"""``ganlab extractor``."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.text import Text

from ganlab.cli.options import Commands, add_data, add_plugins, use_plugins
from ganlab.cli.output import say


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("extractor", help="classifiers whose features measure images")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    trainer = actions.add_parser("train", help="train the classifier of a data set, unless it exists already")
    trainer.set_defaults(command=train)
    trainer.add_argument("name", metavar="NAME", help="a labelled set of images, such as mnist")
    add_plugins(trainer)
    add_data(trainer)


def train(options: argparse.Namespace) -> int:
    """Train a classifier, unless it exists already, and print its accuracy."""
    from ganlab.evaluation.images.classifier import ensure_classifier

    use_plugins(options)
    with Console(stderr=True).status("") as status:
        classifier = ensure_classifier(options.name, report=lambda text: status.update(Text(text)))
    say(f"{options.name}: accuracy {classifier.accuracy:.2%} on its test images, weights {classifier.weights[:16]}")
    return 0
