"""Images of a NumPy file as a data set."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.errors import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 3, 16, 16), dtype=np.uint8)
LABELS = np.arange(12) % 3


def test_images_and_labels_are_those_of_the_file(tmp_path):
    np.savez(tmp_path / "mine.npz", images=IMAGES, labels=LABELS)
    data = load("image-array", {"path": str(tmp_path / "mine.npz")}, "data")
    assert torch.equal(data.reference.images, torch.from_numpy(IMAGES))
    assert torch.equal(data.reference.labels, torch.from_numpy(LABELS))
    assert data.form.classes == 3


def test_images_are_resized(tmp_path):
    np.save(tmp_path / "mine.npy", IMAGES)
    data = load("image-array", {"path": str(tmp_path / "mine.npy"), "size": 8}, "data")
    assert data.sample_shape == (3, 8, 8)
    assert "resized to 8x8" in data.reference.words


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS[:5], r"holds 'labels' int64 \[5\]; they must be 12 whole numbers from 0 on"),
        (LABELS / 1, r"holds 'labels' float64"),
        (LABELS - 1, r"whole numbers from 0 on"),
        (LABELS * 2, r"'labels' up to 4 but no image of 1"),
        (LABELS + 10**9, r"no image of 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path, labels, message):
    np.savez(tmp_path / "mine.npz", images=IMAGES, labels=labels)
    with pytest.raises(InputError, match=message):
        load("image-array", {"path": str(tmp_path / "mine.npz")}, "data")


def test_statistics_of_features_are_not_images(tmp_path):
    np.savez(tmp_path / "mine.npz", mu=np.zeros(4), sigma=np.eye(4))
    with pytest.raises(InputError, match="holds statistics of features; training takes images"):
        load("image-array", {"path": str(tmp_path / "mine.npz")}, "data")
