"""Windows of a series."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.errors import InputError

TIME = np.arange(200.0)
RANDOM = np.random.default_rng(0).normal(size=200)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "time,noise\n" + "".join(f"{a!r},{b!r}\n" for a, b in zip(TIME.tolist(), RANDOM.tolist(), strict=True))
    )
    return path


def series(path, **options):
    return load("series", {"path": str(path), "columns": ["time", "noise"], "window": 8, **options}, "test")


def refusal(path, **options):
    with pytest.raises(InputError) as error:
        series(path, **options)
    return str(error.value).replace(f"{path.parent}/", "")


def test_windows_are_consecutive_rows_and_held_out_ones_share_none_with_training(file):
    data = series(file)
    reference = data.reference
    assert data.sample_shape == reference.sample_shape == (8, 2)
    assert (len(reference.training), len(reference.held_out)) == (160 - 7, 40 - 7)
    for part in (reference.training, reference.held_out):
        assert (np.diff(part[..., 0], axis=1) == 1).all()
        np.testing.assert_array_equal(part[..., 1], RANDOM[part[..., 0].astype(int)])
    assert reference.training[..., 0].max() == 159
    assert reference.held_out[..., 0].min() == 160
    assert reference.words == (
        "33 windows of 8 rows in the last 40 rows of the series, which share none with the windows learnt from"
    )


def test_each_channel_is_standardised_by_the_rows_learnt_from(file):
    data = series(file)
    assert data.units.means == pytest.approx((TIME[:160].mean(), RANDOM[:160].mean()))
    assert data.units.stds == pytest.approx((TIME[:160].std(), RANDOM[:160].std()))
    windows, _ = data.transform(data.draw(torch.Generator().manual_seed(0), 50), data.storage)
    own = data.to_data_units(windows).numpy()
    np.testing.assert_allclose(own[..., 1], RANDOM[np.rint(own[..., 0]).astype(int)], atol=1e-5)


def test_all_windows_are_drawn_and_take_no_more_memory_than_the_rows(file):
    data = series(file)
    assert torch.unique(data.draw(torch.Generator().manual_seed(0), 5_000)).tolist() == list(range(153))
    assert data.storage[0].untyped_storage().nbytes() == 160 * 2 * 4


def test_a_streamed_window_is_the_same(file):
    data = series(file)
    drawn = data.draw(torch.Generator().manual_seed(0), 20)
    places, tables = data.gather(drawn)
    assert torch.equal(data.transform(drawn, data.storage)[0], data.transform(places, tables)[0])


def test_many_held_out_windows_are_thinned_and_that_is_said(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(60_000, 1)))
    reference = series(tmp_path / "x.npy", columns=[0], held_out=0.5).reference
    assert len(reference.held_out) == 9_998
    assert reference.words.startswith("9,998 windows of 8 rows, one every 3 rows, in the last 30,000 rows")


def test_a_picture_keeps_windows_of_both(file):
    reference = series(file).reference
    kept = reference.pictured(torch.zeros(20, 8, 2))
    assert reference.picture == "series"
    assert (kept["windows"].shape, kept["names"].tolist()) == ((8, 8, 2), ["time", "noise"])
    assert 1 < len(kept["real"]) <= 8


def test_what_cannot_be_a_series_is_refused(file, tmp_path):
    assert refusal(file, window=40) == (
        "'x.csv' has 200 rows, of which held_out 0.2 leaves 160 for training and 40 at the end; with a window of 40, "
        "59 and 41 are the fewest"
    )
    assert refusal(file, window=1).startswith("test: 'window' is 1")
    assert refusal(file, columns=["time", "time"]) == "test: columns: the column 'time' is named twice; name it once"
    assert refusal(file, columns=["tme"]).endswith("has no column 'tme'; did you mean 'time'?")
    assert refusal(file, missing="drop").startswith("test: unknown key 'missing'")
    gap = tmp_path / "gap.csv"
    gap.write_text("time,noise\n" + "1,2\n" * 30 + "NA,3\n" * 20)
    assert refusal(gap) == (
        "'gap.csv': the column 'time' has missing cells, the first in line 32 ('NA'); a series must be whole, so fill "
        "them in first"
    )
