import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.data.plane import grid_centres, ring_centres
from ganlab.errors import InputError


def test_eight_ring_centres_are_eight():
    centres = ring_centres(8, 1.0)
    assert len(np.unique(centres.round(9), axis=0)) == 8
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1)


def test_ring_centres_are_evenly_spaced():
    centres = ring_centres(8, 2.0)
    steps = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    np.testing.assert_allclose(steps, 2 * 2.0 * np.sin(np.pi / 8))


def test_the_grid_is_veegans():
    line = [-4, -2, 0, 2, 4]
    assert {tuple(centre) for centre in grid_centres(5, 2.0)} == {(x, y) for x in line for y in line}


@pytest.mark.parametrize(("name", "modes", "std"), [("ring", 8, 0.01), ("grid", 25, 0.05)])
def test_draws_fall_evenly_on_all_modes_with_the_stated_width(name, modes, std):
    data = load(name, {}, "test")
    points = data.draw(torch.Generator().manual_seed(0), 100_000).double().numpy()
    offsets = points[:, None, :] - data.reference.centres
    nearest = np.linalg.norm(offsets, axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=modes) / len(points)
    assert shares.size == modes
    np.testing.assert_allclose(shares, 1 / modes, atol=5 * np.sqrt(1 / modes / len(points)))
    np.testing.assert_allclose(offsets[np.arange(len(points)), nearest].std(axis=0), std, rtol=0.01)


def test_training_and_reference_draw_from_the_same_distribution():
    data = load("grid", {}, "test")
    trained = data.draw(torch.Generator().manual_seed(1), 50_000).double().numpy()
    true = data.reference.fresh(np.random.default_rng(1), 50_000)
    np.testing.assert_allclose(np.cov(trained.T), np.cov(true.T), atol=0.1)


def test_a_ring_of_one_mode_is_refused():
    with pytest.raises(InputError, match="'modes' is 1"):
        load("ring", {"modes": 1}, "test")
