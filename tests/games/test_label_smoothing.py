"""One-sided label smoothing."""

from __future__ import annotations

import pytest
from axes_play import play
from torch import full_like, zeros_like
from torch.nn.functional import binary_cross_entropy_with_logits, relu

from ganlab.errors import InputError


def test_cross_entropy_has_the_soft_label_for_real_samples_and_zero_for_fake_ones(specs_of):
    played = play(specs_of, "label_smoothing=0.1")
    real = played.score(played.batches["discriminator"].real)
    fake = played.score(played.fake("discriminator").detach())
    played.assert_is(
        "discriminator",
        binary_cross_entropy_with_logits(real, full_like(real, 0.9))
        + binary_cross_entropy_with_logits(fake, zeros_like(fake)),
    )


def test_least_squares_have_the_gradient_of_the_soft_target(specs_of):
    """(1 - s) (r - 1)^2 + s r^2 is (r - (1 - s))^2 and a constant."""
    played = play(specs_of, "label_smoothing=0.3", "variants=lsgan")
    real = played.score(played.batches["discriminator"].real)
    fake = played.score(played.fake("discriminator").detach())
    played.assert_has_gradient_of("discriminator", ((real - 0.7).square().mean() + fake.square().mean()) / 2)


def test_hinge_has_the_gradient_of_both_labels_in_their_shares(specs_of):
    played = play(specs_of, "label_smoothing=0.2", "variants=hinge")
    real = played.score(played.batches["discriminator"].real)
    fake = played.score(played.fake("discriminator").detach())
    expected = 0.8 * relu(1 - real).mean() + 0.2 * relu(1 + real).mean() + relu(1 + fake).mean()
    played.assert_has_gradient_of("discriminator", expected)


def test_the_generators_loss_is_as_without(specs_of):
    plain, smooth = play(specs_of), play(specs_of, "label_smoothing=0.1")
    assert smooth.loss("generator").value == plain.loss("generator").value
    assert smooth.loss("discriminator").value != plain.loss("discriminator").value


@pytest.mark.parametrize("variant", ["rpgan", "ragan", "rahinge", "ralsgan", "r3gan", "softmax-gan"])
def test_a_loss_that_compares_scores_has_no_labels_to_smooth(specs_of, variant):
    with pytest.raises(InputError, match=f"that of '{variant}' compares the two; leave label_smoothing out"):
        specs_of("label_smoothing=0.1", f"variants={variant}")
