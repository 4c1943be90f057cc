"""Fixtures of sweeps on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_sweep import Sweep
from specs import cifar10_spec
from trained_sweep import trained_sweep  # noqa: F401 (a fixture)


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    folder = tmp_path / "gaussian_1d"
    folder.mkdir()
    return Sweep(folder)


@pytest.fixture
def cifar10(tmp_path: Path) -> Sweep:
    """Three variants on CIFAR-10, three seeds each, with the Fréchet distance and the Inception score."""
    folder = tmp_path / "cifar10"
    folder.mkdir()
    sweep = Sweep(folder)
    protocol = {"reference": "the 50,000 training images of cifar10"}
    for label, spec in [
        ("vanilla", cifar10_spec("vanilla")),
        ("sngan", cifar10_spec("hinge", "spectral")),
        ("wgan-gp", cifar10_spec("wgan-gp")),
    ]:
        for seed in range(3):
            sweep.finished(label, seed, {"fid": 20.0 + seed, "inception_score": 7.0 + seed}, protocol=protocol, **spec)
    return sweep
