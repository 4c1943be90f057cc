"""Objectives that no update can be made of are refused before training, in a sentence with file and line."""

from __future__ import annotations

import pytest

from ganlab.errors import InputError
from ganlab.training.trained import load_trained

GAME = """
import torch
from torch import nn
from ganlab.games import Game, Loss, register


class Counting(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, samples):
        self.calls += 1
        return self.network(samples)


class Averaging(Counting):
    def __init__(self, network):
        super().__init__(network)
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("variance", torch.ones(1))

    def forward(self, samples):
        normed = nn.functional.batch_norm(samples, self.mean, self.variance, training=True)
        return self.network(normed)


@register
class Mine(Game):
    name = "mine"
    summary = "a game"

    def discriminator(self, nets, batch, extra, weights):
        return nets.discriminator(batch.real).square().mean()

    def generator(self, nets, batch, extra, weights):
        score = nets.discriminator(nets.generator(batch.latent))
        {body}

    def networks(self, build):
        networks = super().networks(build)
        {networks}
"""

WHOLE = "return networks"


@pytest.mark.parametrize(
    ("body", "networks", "message"),
    [
        (
            "return (score * torch.rand(1)).mean()",
            WHOLE,
            r"'generator' in 'mine' draws at random; .* draws\(\) \(mine\.py, line 39\)",
        ),
        (
            "return score",
            WHOLE,
            r"'generator' in 'mine' \(mine\.py, line 37\) must give one number, .* got shape \[16\]",
        ),
        ("return 3.0", WHOLE, r"must give one number, a tensor of no axes; got float"),
        ("batch.latent.zero_(); return score.mean()", WHOLE, r"writes into a buffer, a parameter or its input"),
        (
            "return score.mean()",
            'return {**networks, "discriminator": Counting(networks["discriminator"])}',
            r"'discriminator' in 'mine' writes into a buffer, .* \(mine\.py, line 14\)",
        ),
        (
            "return score.mean()",
            'return {**networks, "discriminator": Averaging(networks["discriminator"])}',
            r"'discriminator' in 'mine' writes into a buffer of a network",
        ),
        (
            "return score.mean()",
            'return {**networks, "discriminator": torch.nn.Flatten(0)}',
            r"the network of 'discriminator' has no parameters, so there is nothing to train; let a game without this",
        ),
        (
            "return score.mean()",
            'networks["generator"][0].requires_grad_(False); return networks',
            r"'0\.weight' in the network of 'generator' is a parameter that requires no gradient, .* register_buffer",
        ),
        (
            "return score.mean()",
            'networks["generator"].shared = networks["discriminator"][1]; return networks',
            r"'1\.weight' of 'discriminator' is a parameter of 'generator' too, .* let one network give the outputs",
        ),
        (
            "return score.mean() / nets.judge(batch.real)",
            WHOLE,
            r"fails: AttributeError: the game has no network 'judge'",
        ),
        ('return Loss(score.mean(), extra={"k": score.mean()})', WHOLE, r"gives 'k', which is no extra state"),
        ('return Loss(score.mean(), readings={"scores": score})', WHOLE, r"gives 'scores', .* no number to log"),
        (
            'return Loss(score.mean(), readings={"updates": score.mean()})',
            WHOLE,
            r"'generator' in 'mine' gives 'updates', which is logged of every player already",
        ),
        (
            'return Loss(score.mean(), readings={"discriminator_loss": score.mean()})',
            WHOLE,
            r"gives 'discriminator_loss', which is logged of 'discriminator' already",
        ),
        (
            "return score.mean()",
            'networks["generator"].register_buffer("mixing", torch.randn(2)); return networks',
            r"'mixing' in the network of 'generator' is no parameter and depends on the seed",
        ),
        (
            "return score.mean()",
            'networks["generator"].mixing = torch.randn(2); return networks',
            r"'mixing' in the network of 'generator' is no parameter and depends on the seed",
        ),
        (
            "return score.mean()",
            "self.averaged = (); return networks",
            r"needs the player 'generator', which is evaluated, among both",
        ),
        (
            "return score.mean()",
            'return {"generator": networks["generator"]}',
            r"but networks of generator; each player",
        ),
    ],
)
def test_what_no_update_can_be_made_of_is_refused(specs_of, tmp_path, body, networks, message):
    (tmp_path / "mine.py").write_text(GAME.format(body=body, networks=networks))
    with pytest.raises(InputError, match=message):
        specs_of(f"plugins=['{tmp_path}/mine.py']", "variants=mine")


def test_a_game_whose_objectives_are_pure_trains(specs_of, train, tmp_path):
    text = GAME.format(body='return Loss(score.mean(), readings={"mean_score": score.mean()})', networks=WHOLE)
    (tmp_path / "mine.py").write_text(text)
    training = train(specs_of(f"plugins=['{tmp_path}/mine.py']", "variants=mine"))
    row = training.directories[0].metrics()[-1]
    assert row["train/mean_score"] == pytest.approx(row["train/generator_loss"])


def test_a_game_whose_networks_have_buffers_that_do_not_depend_on_the_seed_trains_and_is_sampled(
    specs_of, train, tmp_path
):
    fixed = 'networks["generator"].register_buffer("mixing", torch.ones(2)); return networks'
    (tmp_path / "mine.py").write_text(GAME.format(body="return score.mean()", networks=fixed))
    training = train(specs_of(f"plugins=['{tmp_path}/mine.py']", "variants=mine"))
    assert load_trained(training.directories[0]).sample(3).shape == (3, 1)
