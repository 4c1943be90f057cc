"""``ganlab sample``."""

from __future__ import annotations

import argparse

from ganlab.cli.options import Commands, add_data, add_run, use_plugins
from ganlab.cli.output import say


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("sample", help="draw samples from a trained generator")
    parser.set_defaults(command=sample)
    add_run(parser)
    parser.add_argument("-n", type=int, default=10_000, metavar="N", help="how many (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, metavar="K", help="of the latents (default: 0)")
    parser.add_argument(
        "--label",
        metavar="NAME",
        help="the class that a conditional generator draws, by its name or number; where names are numbers, the name "
        "counts (default: all in turn)",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="PLACE",
        help="FILE.npy; images also as a grid in FILE.png, as FILE.npz, or as PNG files in FOLDER/",
    )
    add_data(parser)


def sample(options: argparse.Namespace) -> int:
    """Draw samples and save them."""
    from ganlab.record.finding import find_run
    from ganlab.training import load_trained, require_count, require_place, save_samples

    require_count(options.n)
    require_place(options.output)
    use_plugins(options)
    trained = load_trained(find_run(options.run, options.runs), options.trust)
    require_place(options.output, trained.sample_shape)
    label = None if options.label is None else trained.index_of(options.label)
    samples = trained.sample(options.n, options.seed, label)
    save_samples(options.output, samples, trained.columns if label is None else None)
    kind = f" of the class '{trained.class_names[label]}'" if label is not None and trained.class_names else ""
    say(f"{options.n:,} samples{kind} of shape {samples.shape[1:]} in {options.output}")
    return 0
