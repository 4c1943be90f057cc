"""Specs as complete as those of real runs."""

from __future__ import annotations

from typing import Any

ADAM = {"name": "adam", "lr": 2e-4, "betas": [0.0, 0.9], "eps": 1e-8}


def cifar10_spec(variant: str, norm: str = "none", **other: Any) -> dict[str, Any]:
    """That of a ResNet on CIFAR-10 whose discriminator has `norm`; `other` keys replace its own."""
    spec = {
        "variant": variant,
        "dataset": "cifar10",
        "data": {"name": "cifar10", "options": {"flips": False, "reference": "train", "size": None}},
        "builder": {
            "name": "resnet",
            "options": {"width": 256, "generator_norm": "batch", "discriminator_norm": norm},
        },
        "steps": 100_000,
        "batch_size": 64,
        "latent_dim": 128,
        "discriminator_optimizer": ADAM,
        "generator_optimizer": ADAM,
        "critic_steps": 5,
        "penalties": {"gradient_penalty": 10.0} if variant == "wgan-gp" else {},
        "constraints": {},
        "ema": 0.0,
        "evaluation": {"every": 10_000, "samples": 10_000},
        "schedules": {"lr": {"to": 0.0, "shape": "linear", "over": 1.0}},
    }
    whole = spec | other
    return {"generator_batch_size": whole["batch_size"], **whole}
