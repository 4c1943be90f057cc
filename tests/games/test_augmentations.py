"""Augmentations of what the discriminator sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from axes_play import play, squared_slopes
from torch import Tensor
from torch.nn.functional import logsigmoid, pad, softplus

from ganlab.errors import InputError
from ganlab.games import Augmentation, make_augmentation
from ganlab.variants import VARIANTS

IMAGES = torch.randn(64, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def numbers(augmentation: Augmentation, seed: int = 1) -> dict[str, Tensor]:
    """Draws for all `IMAGES`."""
    generator = torch.Generator().manual_seed(seed)
    draws = {}
    for name, draw in augmentation.draws().items():
        draws[name] = torch.empty(len(IMAGES), *draw.shape)
        draw.fill(draws[name], generator)
    return draws


def moved(image: Tensor, down: int, right: int, mode: str) -> Tensor:
    """One image [C, 8, 8], by up to 2 pixels."""
    return pad(image[None], (2, 2, 2, 2), mode=mode)[0, :, 2 - down : 10 - down, 2 - right : 10 - right]


def test_instance_noise_is_added_to_all_that_is_scored(specs_of):
    played = play(specs_of, "data=ring", "augment={name: instance-noise, sigma: 0.5}")
    batch = played.batches["discriminator"]
    real = played.score(batch.real + 0.5 * batch.draws["augment/real/normal"])
    fake = played.score(played.fake("discriminator").detach() + 0.5 * batch.draws["augment/fake/normal"])
    played.assert_is("discriminator", softplus(-real).mean() + softplus(fake).mean())
    noise = played.batches["generator"].draws["augment/fake/normal"]
    assert not torch.equal(noise, batch.draws["augment/fake/normal"])
    played.assert_is("generator", softplus(-played.score(played.fake("generator") + 0.5 * noise)).mean())


def test_a_relativistic_generator_sees_noise_on_real_samples_too(specs_of):
    played = play(specs_of, "augment={name: instance-noise, sigma: 0.5}", "variants=rpgan")
    batch = played.batches["generator"]
    real = played.score(batch.real + 0.5 * batch.draws["augment/real/normal"])
    fake = played.score(played.fake("generator") + 0.5 * batch.draws["augment/fake/normal"])
    played.assert_is("generator", -logsigmoid(fake - real).mean())


def test_noise_is_of_each_sample_before_these_are_packed(specs_of):
    played = play(specs_of, "data=ring", "packing=2", "augment={name: instance-noise, sigma: 0.5}")
    noise = played.batches["generator"].draws["augment/fake/normal"]
    noisy = (played.fake("generator") + 0.5 * noise).view(-1, 4)
    played.assert_is("generator", softplus(-played.score(noisy)).mean())


def test_a_penalty_charges_the_slope_through_the_augmentation(specs_of):
    played = play(specs_of, "data=digits", "augment=diffaugment", "variants=r1", "penalties={r1: 10}")
    batch = played.batches["discriminator"]
    augment = played.game.axes.augment

    def seen(samples: Tensor, kind: str) -> Tensor:
        return augment.apply(samples, {"uniform": batch.draws[f"augment/{kind}/uniform"]}, {}, {})

    real = played.score(seen(batch.real, "real"))
    fake = played.score(seen(played.fake("discriminator").detach(), "fake"))
    r1 = squared_slopes(lambda samples: played.score(seen(samples, "real")), batch.real).mean() / 2
    played.assert_is("discriminator", softplus(-real).mean() + softplus(fake).mean() + 10 * r1)


def test_diffaugment_changes_each_image_by_colour_translation_and_cutout():
    augmentation = make_augmentation("diffaugment", {}, (3, 8, 8))
    draws = numbers(augmentation)
    results = augmentation.apply(IMAGES, draws, {}, {})
    centres = set()
    for image, result, uniform in zip(IMAGES, results, draws["uniform"].tolist(), strict=True):
        brightness, saturation, contrast, *places = uniform
        image = image + brightness - 0.5
        grey = image.mean(0, keepdim=True)
        image = grey + 2 * saturation * (image - grey)
        image = image.mean() + (0.5 + contrast) * (image - image.mean())
        down, right = (int(np.floor(3 * place)) - 1 for place in places[:2])  # one pixel of eight
        image = moved(image, down, right, "constant").clone()
        row, column = (int(np.floor(9 * place)) for place in places[2:])  # four of eight pixels
        for i in range(row - 2, row + 2):
            for j in range(column - 2, column + 2):
                image[:, min(max(i, 0), 7), min(max(j, 0), 7)] = 0
        centres.add((down, right))
        torch.testing.assert_close(result, image, rtol=1e-5, atol=1e-5)
    assert len(centres) == 9


def ada_at(p: float, draws: dict[str, Tensor]) -> Tensor:
    augmentation = make_augmentation("ada", {}, (3, 8, 8))
    return augmentation.apply(IMAGES, draws, {"augment_p": torch.tensor(p)}, {})


@pytest.mark.parametrize("p", [0.3, 1.0])
def test_ada_makes_each_change_of_each_image_with_its_probability(p):
    draws = numbers(make_augmentation("ada", {}, (3, 8, 8)))
    made = 0
    for image, result, uniform, normal in zip(IMAGES, ada_at(p, draws), *draws.values(), strict=True):
        flip, turn, shift, brighten, contrast, flips, turns, down, right = uniform.tolist()
        if flip < p and flips < 0.5:
            image = image.flip(2)
        if turn < p:
            image = torch.rot90(image, int(4 * turns), (1, 2))
        if shift < p:
            image = moved(image, round(2 * down - 1), round(2 * right - 1), "reflect")  # up to one pixel of eight
            made += 1
        if brighten < p:
            image = image + 0.2 * normal[0]
        if contrast < p:
            image = image * 2 ** (0.5 * normal[1])
        torch.testing.assert_close(result, image)
    assert abs(made / len(IMAGES) - p) < 0.2


def test_ada_of_probability_zero_changes_no_bit():
    assert torch.equal(ada_at(0.0, numbers(make_augmentation("ada", {}, (3, 8, 8)))), IMAGES)


def adapted(scores: list[Tensor], seen: int, adjustment: float = 2e-6, target: float = 0.6) -> dict[str, Tensor]:
    augmentation = make_augmentation("ada", {}, (3, 8, 8))
    extra = augmentation.extra()
    weights = {"adjustment": torch.tensor(adjustment), "target": torch.tensor(target)}
    for one in scores:
        extra = augmentation.adapt(one, seen, extra, weights)
    return extra


def test_adas_probability_rises_by_the_samples_of_four_batches_while_real_scores_are_positive():
    confident = [torch.rand(16) + 0.1] * 11
    assert adapted(confident[:3], 16, 1e-3)["augment_p"] == 0
    assert adapted(confident[:4], 16, 1e-3)["augment_p"].item() == pytest.approx(4 * 16 * 1e-3)
    assert adapted(confident, 16, 1e-3)["augment_p"].item() == pytest.approx(8 * 16 * 1e-3)


def test_adas_probability_goes_by_the_mean_sign_of_four_batches():
    """Of signs of mean 0.5, 1, 1 and -0.5, the mean is 0.5."""
    mixed = [torch.tensor([9.0, 9.0, 9.0, -9.0]), torch.ones(4), torch.ones(4), torch.tensor([-1.0, -1.0, -1.0, 1.0])]
    start = [torch.ones(4)] * 8
    above, below = (adapted([*start, *mixed], 4, 1e-3, target)["augment_p"].item() for target in (0.4, 0.6))
    assert above == pytest.approx(3 * 16e-3)
    assert below == pytest.approx(1 * 16e-3)


def test_adas_probability_stays_within_0_and_1():
    assert adapted([torch.ones(8)] * 400, 8, 0.01)["augment_p"] == 1
    assert adapted([-torch.ones(8)] * 8, 8, 0.01)["augment_p"] == 0


def test_ada_adapts_to_the_scores_of_training_and_logs_its_probability(specs_of, train):
    training = train(
        specs_of("data=digits", "augment={name: ada, target: -0.999, adjustment: 1e-4}", "optimizer.lr=0.01")
    )
    p = training.trainer.population.state.extra["augment_p"].item()
    assert p == pytest.approx(10 * 4 * 16 * 1e-4, rel=1e-3)
    logged = [row["train/augment_p"] for row in training.directories[0].metrics()]
    assert logged == sorted(logged)
    assert 0 < logged[-1] < p


@pytest.mark.parametrize("variant", ["wgan", "wgan-gp", "rpgan", "lsgan"])
def test_ada_is_refused_where_the_sign_of_a_score_says_nothing(specs_of, variant):
    with pytest.raises(InputError, match=f"the sign of real scores, which says nothing in '{variant}'"):
        specs_of("data=digits", "augment=ada", f"variants={variant}")


@pytest.mark.parametrize("variant", ["minimax", "vanilla", "hinge", "dragan", "r1"])
def test_ada_takes_variants_whose_undecided_score_is_zero(variant):
    make_augmentation("ada", {}, (3, 8, 8)).require_fit(VARIANTS[variant])


@pytest.mark.parametrize("name", ["diffaugment", "ada"])
def test_augmentations_of_images_refuse_other_data(specs_of, name):
    with pytest.raises(InputError, match=rf"augment '{name}' is for .*images.*the data's samples have the shape \[1\]"):
        specs_of(f"augment={name}")


def test_ada_turns_square_images_alone():
    with pytest.raises(InputError, match=r"for square images \[C, H, H\], .* the shape \[3, 8, 10\]"):
        make_augmentation("ada", {}, (3, 8, 10))
    make_augmentation("diffaugment", {}, (3, 8, 10))
