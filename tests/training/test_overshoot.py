"""How far samples pass the data before a linear discriminator under a two-sided penalty turns round."""

from __future__ import annotations

import pytest

WEIGHTS = (2.0, 32.0)


def test_the_largest_overshoot_of_a_linear_wgan_gp_discriminator_is_about_twice_the_weight_of_its_penalty(
    specs_of, train
):
    """With slope s it minimises s d + w (s - 1)^2, which turns at d = 2 w; the generator's steps grow with w."""
    rows = [
        f"{{name: wgan-gp, label: w{weight}, penalties: {{gradient_penalty: {weight}}}, "
        f"generator_optimizer: {{lr: {0.04 * weight}}}, discriminator_optimizer: {{lr: 0.1}}}}"
        for weight in WEIGHTS
    ]
    training = train(
        specs_of(
            f"variants=[{','.join(rows)}]",
            "builder={name: mlp, widths: []}",
            "latent_dim=1",
            "ema=0",
            "steps=72",
            "log_every=72",
            "critic_steps=2",
            "evaluation={every: 6, samples: 100}",
        )
    )
    for weight, directory in zip(WEIGHTS, training.directories, strict=True):
        overshoot = max(row["eval/mean_error"] for row in directory.metrics())
        assert overshoot == pytest.approx(2 * weight, rel=0.25)
        warnings = " ".join(directory.summary().record()["warnings"])
        assert "standard deviations of the data away from it on average" in warnings
