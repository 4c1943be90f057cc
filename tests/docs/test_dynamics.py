"""The paths of variants on the Dirac-GAN, against what is proved of them (arXiv:1801.04406)."""

from __future__ import annotations

import numpy as np
import pytest
from docs_site.dynamics import FOLDER, RATE, WEIGHT, path
from docs_site.variants import variant_pages

from ganlab.variants import VARIANTS


@pytest.mark.parametrize("name", ["r1", "r3gan"])
def test_gradient_penalties_at_samples_converge(name):
    """Theorem 4.1: the eigenvalues of the gradient field have negative real parts, so errors fall geometrically."""
    radius = np.hypot(*path(VARIANTS[name], 600).T)
    assert radius[600] < 0.2 * radius[300] < 0.04 * radius[0]


def test_the_minimax_game_circles_around_its_equilibrium():
    """Lemma 2.3: its eigenvalues are imaginary."""
    theta, psi = path(VARIANTS["minimax"], 600).T
    radius = np.hypot(theta, psi)
    assert radius[-300:].min() > 0.3
    assert (theta[:-1] * theta[1:] < 0).sum() >= 4


def test_a_two_sided_penalty_of_weight_w_holds_the_sample_twice_w_past_the_data():
    """There the slope of D that minimises s d + w (s - 1)^2 is 0; see `ganlab.evaluation.diagnostics.Watch`."""
    theta, psi = path(VARIANTS["wgan-gp"], 600)[-1]
    assert (theta, psi) == pytest.approx((-2 * WEIGHT, 0.0), abs=1e-3)


def test_steps_in_turn_on_a_bilinear_game_keep_its_quadratic():
    """psi' = psi - r theta, theta' = theta + r psi' keep theta^2 + psi^2 - r theta psi; hinge is such a game here."""
    theta, psi = path(VARIANTS["hinge"], 50).T
    assert (np.abs(theta * psi) < 1).all()
    np.testing.assert_allclose(theta**2 + psi**2 - RATE * theta * psi, 1.0, rtol=1e-9)


def test_every_variant_has_its_figure_and_all_of_them_are_small():
    files = {file.stem: file.stat().st_size for file in FOLDER.glob("*.svg")}
    assert set(files) == set(VARIANTS.names)
    assert sum(files.values()) < 1_000_000
    assert all(f"(../../images/dynamics/{name}.svg)" in variant_pages()[f"{name}.md"] for name in ("r1", "wgan"))
