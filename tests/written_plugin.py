"""A plugin of several files, as a user writes it."""

from __future__ import annotations

from pathlib import Path

MINE = """
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from torch import nn

from typing import Literal

from ganlab import data, evaluation, networks, variants
from ganlab.options import Options
from ganlab.record.optimizers import SGD, Optimizer
from ganlab.training import optimizers
from parts import hidden

Path("ran").touch()


class Uniform(data.Data):
    sample_shape = (1,)
    fingerprint = {}

    def __init__(self, options):
        law = stats.uniform(-options.half, 2 * options.half)
        self.half = options.half
        self.reference = data.KnownDensity(
            log_pdf=law.logpdf, cdf=law.cdf, quantile=law.ppf, mass=lambda low, high: law.cdf(high) - law.cdf(low),
            mean=0.0, std=float(law.std()), skewness=0.0, excess_kurtosis=-1.2,
        )

    def draw(self, generator, count):
        return self.half * (2 * torch.rand((count, 1), generator=generator) - 1)


class Half(Options):
    half: float = 1.0


class Width(Options):
    width: int = 8


def generator(sample_shape, inputs, condition, options):
    return nn.Sequential(*hidden(inputs, options.width), nn.Linear(options.width, sample_shape[0]))


def discriminator(sample_shape, outputs, side, condition, options):
    from parts.scores import Scores

    return Scores(nn.Sequential(*hidden(sample_shape[0], options.width), nn.Linear(options.width, 1)))


class Slow(SGD):
    name: Literal["my-sgd"] = "my-sgd"


optimizers.register(
    Optimizer(name="my-sgd", summary="gradient descent", settings=Slow), optimizers.RULES[SGD]
)
data.register(data.DataSource(name="my-uniform", summary="a uniform law", options=Half, load=Uniform))
networks.register(
    networks.Builder(
        name="my-net", summary="one hidden layer", options=Width, generator=generator, discriminator=discriminator
    )
)
variants.register(
    variants.Variant(
        name="mine",
        summary="least squares, in a file of my own",
        discriminator_loss=lambda real, fake: (real - 1).square().mean() + fake.square().mean(),
        generator_loss=lambda real, fake: (fake - 1).square().mean(),
    )
)
evaluation.register(
    evaluation.Evaluator(
        name="my-width",
        summary="how far the samples reach",
        metrics=(evaluation.Metric(name="my_width", better="higher", estimator="largest less smallest sample"),),
        applies_to=lambda reference: reference.sample_shape == (1,),
        function=lambda subject, reference: {"my_width": float(np.ptp(subject.array))},
    )
)
"""

PARTS = {
    "parts/__init__.py": """
from torch import nn

from .scores import SLOPE


def hidden(inputs, width):
    return [nn.Linear(inputs, width), nn.LeakyReLU(SLOPE)]
""",
    "parts/scores.py": """
from torch import nn

SLOPE = 0.2


class Scores(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, samples):
        return self.net(samples)[:, 0]
""",
}


def write_plugin(folder: Path) -> Path:
    """Write the plugin and its package into `folder`; gives the plugin's path."""
    for name, text in {"mine.py": MINE, **PARTS}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "mine.py"
