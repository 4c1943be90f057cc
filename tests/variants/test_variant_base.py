from __future__ import annotations

import pytest

from ganlab.errors import InputError
from ganlab.plugins import read_plugin, use_plugins
from ganlab.variants import VARIANTS, Constraint, Penalty

SOURCE = """
from ganlab.variants import Variant, register

register(
    Variant(
        name="{name}",
        discriminator_loss=lambda real, fake: (fake - real).mean(),
        generator_loss=lambda real, fake: -fake.mean(),
    )
)
"""


@pytest.mark.parametrize(
    ("player", "loss", "found"),
    [
        ("discriminator", "fake - real", r"shape \[3\]"),
        ("generator", "-fake", r"shape \[3\]"),
        ("generator", "-fake.mean().item()", "float"),
    ],
)
def test_a_loss_that_is_not_one_number_is_refused_before_anything_trains(tmp_path, player, loss, found):
    file = tmp_path / "mine.py"
    usual = {"discriminator": "(fake - real).mean()", "generator": "-fake.mean()"}[player]
    file.write_text(SOURCE.format(name="of-a-user").replace(usual, loss))
    with pytest.raises(InputError, match=rf"mine\.py, line 5: ValueError: {player}_loss of 'of-a-user' .* got {found}"):
        use_plugins([read_plugin(file)])


@pytest.mark.parametrize(
    "loss",
    [
        "torch.where(real > fake, real - fake, 0.0).mean()",
        "(fake * (fake < real.mean())).mean()",
        "torch.nan_to_num(real - fake).mean()",
    ],
)
def test_a_generator_loss_of_real_scores_must_say_so(tmp_path, loss):
    """Those that only compare with real scores too."""
    file = tmp_path / "mine.py"
    text = "import torch\n" + SOURCE.format(name="of-a-user").replace("-fake.mean()", loss)
    file.write_text(text)
    told = r"mine\.py, line 6: ValueError: generator_loss of 'of-a-user' depends on .* set generator_uses_real=True"
    with pytest.raises(InputError, match=told):
        use_plugins([read_plugin(file)])
    file.write_text(text.replace(f"{loss},", f"{loss}, generator_uses_real=True,"))
    use_plugins([read_plugin(file)])
    assert VARIANTS["of-a-user"].generator_uses_real


def test_of_ganlabs_own_variants_the_relativistic_ones_and_softmax_gan_use_real_scores():
    named = ["rpgan", "ragan", "ralsgan", "rahinge", "r3gan", "softmax-gan"]
    assert [name for name in VARIANTS.names if VARIANTS[name].generator_uses_real] == named


@pytest.mark.parametrize("name", ["lr", "beta1", "beta2", "ema"])
def test_neither_a_penalty_nor_a_constraint_can_have_the_name_of_what_a_schedule_changes(name):
    for kind, function in (
        (Penalty, lambda discriminator, real, fake, u: u.sum()),
        (Constraint, lambda weights, bound: weights),
    ):
        with pytest.raises(ValueError, match=f"cannot be named '{name}', as what a schedule may change is"):
            kind(name=name, summary="", function=function)


@pytest.mark.parametrize("name", ["real", "latent"])
def test_a_penalty_cannot_have_the_name_of_another_stream(name):
    with pytest.raises(ValueError, match=f"cannot be named '{name}'"):
        Penalty(name=name, summary="", function=lambda discriminator, real, fake, u: u.sum())
