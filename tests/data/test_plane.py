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


def test_a_fixed_training_set_is_learnt_from_alone_and_is_the_same_for_all_seeds():
    data = load("ring", {"training_samples": 50}, "test")
    draws = [data.draw(torch.Generator().manual_seed(seed), 5_000) for seed in (0, 1)]
    assert not torch.equal(*draws)
    sets = [torch.unique(drawn, dim=0) for drawn in draws]
    assert torch.equal(*sets)
    assert len(sets[0]) == 50


def test_the_points_of_a_fixed_training_set_are_drawn_from_the_mixture_and_used_evenly():
    data = load("grid", {"training_samples": 20_000}, "test")
    points = data.draw(torch.Generator().manual_seed(0), 200_000).double().numpy()
    nearest = np.linalg.norm(points[:, None, :] - data.reference.centres, axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=25) / len(points)
    np.testing.assert_allclose(shares, 1 / 25, atol=5 * np.sqrt(1 / 25 / 20_000))
    assert np.unique(points, axis=0, return_counts=True)[1].max() < 40  # of 10 on average


@pytest.mark.parametrize("size", [0, 1, 2.5, 10_000_001])
def test_a_training_set_of_no_usable_size_is_refused(size):
    with pytest.raises(InputError, match="'training_samples' is"):
        load("ring", {"training_samples": size}, "test")
