"""A plugin: waves as a data set, a builder for them, a game of three players, an evaluator and a picture."""

import io
import math

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import softplus

from ganlab import data, evaluation, games, networks
from ganlab.data.columns import Columns
from ganlab.data.vectors import VectorSet
from ganlab.options import Options
from ganlab.tracking import pictures

LENGTH = 24  # values in a wave


def waves(count, generator):
    """Sine waves [count, LENGTH, 1] of one period, with any phase and an amplitude between 1 and 2."""
    phase = 2 * math.pi * torch.rand(count, 1, 1, generator=generator)
    amplitude = 1 + torch.rand(count, 1, 1, generator=generator)
    return amplitude * torch.sin(2 * math.pi * torch.arange(LENGTH).view(1, -1, 1) / LENGTH + phase)


class TrueWaves(VectorSet):
    evaluators = ("roundness", "sliced-wasserstein", "autocorrelation")
    picture = "waves"

    def pictured(self, samples):
        return {"waves": samples[:8, :, 0].numpy(), "real": self.held_out[:8, :, 0]}


class Waves(data.Data):
    sample_shape = (LENGTH, 1)

    def __init__(self, options):
        self.fingerprint = {}
        training, held_out = waves(4_000, torch.Generator().manual_seed(0)).double().numpy().reshape(2, -1, LENGTH, 1)
        columns = Columns(names=("height",), means=(0.0,), stds=(1.0,))
        self.reference = TrueWaves(training=training, held_out=held_out, columns=columns, name="2,000 true waves")

    def draw(self, generator, count):
        return waves(count, generator)


data.register(data.DataSource(name="waves", summary="sine waves", options=Options, load=Waves))


class Harmonics(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, 6))

    def forward(self, latent):
        angle = 2 * math.pi / LENGTH * torch.outer(torch.arange(1, 4), torch.arange(LENGTH))
        return (self.layers(latent) @ torch.cat([angle.cos(), angle.sin()]).to(latent.device))[..., None]


def discriminator(sample_shape, outputs, side, condition, options):
    return nn.Sequential(nn.Flatten(1), nn.Linear(LENGTH, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))


def generator(sample_shape, inputs, condition, options):
    return Harmonics(inputs)


nets = {"generator": generator, "discriminator": discriminator}
networks.register(networks.Builder(name="harmonics", summary="waves of three frequencies", options=Options, **nets))


def loss_of(score_real, score_fake):
    return softplus(-score_real).mean() + softplus(score_fake).mean()


def steps(samples):
    return samples - samples.roll(1, dims=1)


@games.register
class TwoViews(games.Game):
    """The usual game with a second discriminator, which sees the steps from value to value."""

    name = "two-views"
    summary = "a discriminator of values, and one of steps"
    players = ("discriminator", "stepwise", "generator")

    def networks(self, build):
        return {player: build.discriminator() for player in self.players[:2]} | {"generator": build.generator()}

    def discriminator(self, nets, batch, extra, weights):
        return loss_of(nets.discriminator(batch.real), nets.discriminator(nets.generator(batch.latent)))

    def stepwise(self, nets, batch, extra, weights):
        return loss_of(nets.stepwise(steps(batch.real)), nets.stepwise(steps(nets.generator(batch.latent))))

    def generator(self, nets, batch, extra, weights):
        fake = nets.generator(batch.latent)
        return softplus(-nets.discriminator(fake)).mean() + softplus(-nets.stepwise(steps(fake))).mean()


def roundness(subject, reference):
    power = torch.fft.rfft(subject.samples[..., 0].double(), dim=1).abs().square()
    return {"impurity": float((1 - power[:, 1] / power.sum(1)).mean())}


impurity = evaluation.Metric(name="impurity", better="lower", estimator="mean power beyond the first frequency")
parts = {"metrics": (impurity,), "applies_to": lambda reference: isinstance(reference, TrueWaves)}
evaluation.register(evaluation.Evaluator(name="roundness", summary="how pure waves are", function=roundness, **parts))


def drawn(title, arrays):
    figure, png = Figure((4, 3)), io.BytesIO()
    figure.add_subplot(title=title).plot(arrays["real"].T, "lightgrey", arrays["waves"].T, "tab:blue")
    figure.savefig(png, format="png")
    return png.getvalue()


pictures.register(pictures.Picture(name="waves", summary="generated waves over true ones", draw=drawn))
