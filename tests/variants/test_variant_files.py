from __future__ import annotations

import pytest

from ganlab.errors import InputError
from ganlab.variants import VARIANTS, Constraint, Penalty, load_file

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


def test_a_file_of_the_users_registers_its_variant_once(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.format(name="of-a-user"))
    assert load_file(file) == {"of-a-user": file.read_text()}
    assert load_file(file) == {"of-a-user": file.read_text()}
    assert VARIANTS["of-a-user"].generator_loss is not None


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"variant file .*nowhere\.py"):
        load_file(tmp_path / "nowhere.py")


def test_a_file_without_a_variant_is_told_how_to_have_one(tmp_path):
    file = tmp_path / "empty.py"
    file.write_text("x = 1\n")
    with pytest.raises(InputError, match="registers no variant"):
        load_file(file)


def test_a_fault_in_the_file_is_one_sentence_with_its_line(tmp_path):
    file = tmp_path / "faulty.py"
    file.write_text("from ganlab.variants import Variant\n\nVariant(nane='x')\n")
    with pytest.raises(InputError, match=r"faulty\.py, line 3: TypeError: .*nane"):
        load_file(file)


def test_a_dataclass_in_the_file_works_as_in_any_module(tmp_path):
    file = tmp_path / "mine.py"
    text = "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    a: int = 1\n"
    file.write_text(text + SOURCE.format(name="of-a-user"))
    assert list(load_file(file)) == ["of-a-user"]


def test_a_name_that_is_taken_is_refused(tmp_path):
    file = tmp_path / "again.py"
    file.write_text(SOURCE.format(name="lsgan"))
    with pytest.raises(InputError, match="already is a variant named 'lsgan'"):
        load_file(file)


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
        load_file(file)


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
        load_file(file)
    file.write_text(text.replace(f"{loss},", f"{loss}, generator_uses_real=True,"))
    load_file(file)
    assert VARIANTS["of-a-user"].generator_uses_real


def test_of_ganlabs_own_variants_the_relativistic_ones_and_softmax_gan_use_real_scores():
    named = ["rpgan", "ragan", "ralsgan", "rahinge", "r3gan", "softmax-gan"]
    assert [name for name in VARIANTS.names if VARIANTS[name].generator_uses_real] == named


@pytest.mark.parametrize("name", ["lr", "beta1", "beta2", "ema"])
def test_neither_a_penalty_nor_a_constraint_can_have_the_name_of_what_a_schedule_changes(name):
    for kind, function in (
        (Penalty, lambda critic, real, fake, u: u.sum()),
        (Constraint, lambda weights, bound: weights),
    ):
        with pytest.raises(ValueError, match=f"cannot be named '{name}', as what a schedule may change is"):
            kind(name=name, summary="", function=function)


@pytest.mark.parametrize("name", ["real", "latent"])
def test_a_penalty_cannot_have_the_name_of_another_stream(name):
    with pytest.raises(ValueError, match=f"cannot be named '{name}'"):
        Penalty(name=name, summary="", function=lambda critic, real, fake, u: u.sum())
