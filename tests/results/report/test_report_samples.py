"""Which pictures a report holds, and how large they may become."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from written_sweep import WrittenSweep

from ganlab.errors import InputError
from ganlab.results.report import samples
from ganlab.results.report.samples import pictures_of
from ganlab.results.table import build


def pictures(sweep: WrittenSweep) -> list[dict[str, Any]]:
    runs = sweep.read()
    return pictures_of(runs, build(runs))


def steps(one: dict[str, Any]) -> list[int]:
    return [frame["step"] for frame in one["frames"]]


def test_the_median_seed_of_a_row_stands_for_it(written: WrittenSweep):
    for seed, value in enumerate([0.5, 0.1, 0.2]):
        written.run("a", seed, value)
    assert [one["seed"] for one in pictures(written) if one["median"]] == [2]


def test_a_diverged_seed_counts_as_the_worst_when_the_median_one_is_chosen(written: WrittenSweep):
    written.run("a", 0, 0.1)
    written.run("a", 1, 0.2)
    written.run("a", 2, 0.0, diverged_at=450)
    assert [one["seed"] for one in pictures(written) if one["median"]] == [1]


def test_the_other_seeds_are_shown_as_far_as_there_is_room(three_rows: WrittenSweep, monkeypatch: pytest.MonkeyPatch):
    assert len(pictures(three_rows)) == 9
    monkeypatch.setattr(samples, "BUDGET", 12_000)
    assert [one["median"] for one in pictures(three_rows)] == [True] * 3


def test_many_steps_are_thinned_with_the_first_and_the_last_kept(written: WrittenSweep):
    written.run("a", 0)
    assert steps(pictures(written)[0]) == [*range(100, 1001, 100)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "MOST_STEPS", 4)
        assert steps(pictures(written)[0]) == [100, 400, 700, 1000]


def test_large_pictures_are_fewer_and_stay_within_the_budget(written: WrittenSweep, monkeypatch: pytest.MonkeyPatch):
    for label in ("a", "b", "c"):
        written.run(label, 0, samples="images")
    whole = [len(json.dumps(one)) for one in pictures(written)]
    monkeypatch.setattr(samples, "BUDGET", sum(whole) // 2)
    fewer = pictures(written)
    assert sum(len(json.dumps(one)) for one in fewer) <= sum(whole) // 2
    assert [(steps(one)[0], steps(one)[-1]) for one in fewer] == [(100, 1000)] * 3
    assert all(4 <= len(steps(one)) <= 5 for one in fewer)


def test_rows_whose_pictures_do_not_fit_have_none(written: WrittenSweep, monkeypatch: pytest.MonkeyPatch):
    for label in ("a", "b", "c"):
        written.run(label, 0, samples="images")
    whole = [len(json.dumps(one)) for one in pictures(written)]
    monkeypatch.setattr(samples, "BUDGET", whole[0] // 3)
    assert [(one["row"], steps(one)) for one in pictures(written)] == [(0, [100, 1000])]


def test_small_images_keep_their_pixels(written: WrittenSweep):
    run_id = written.run("a", 0, samples="images")
    shown = decoded(pictures(written)[0]["frames"][-1]["image"])
    kept = np.load(written.folder / run_id / "samples" / "00001000.npz")["images"]
    assert shown.format == "PNG"
    assert np.array_equal(np.asarray(shown)[:8, :8], kept[0].transpose(1, 2, 0))


def test_large_images_become_smaller_files(written: WrittenSweep, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(samples, "SMALL_PNG", 100)
    written.run("a", 0, samples="images")
    assert decoded(pictures(written)[0]["frames"][-1]["image"]).format == "WEBP"


def test_runs_without_samples_have_no_pictures(written: WrittenSweep):
    written.run("a", 0, samples=None)
    written.run("b", 0)
    assert [one["row"] for one in pictures(written)] == [1]


def test_a_file_that_holds_something_else_is_named(written: WrittenSweep):
    run_id = written.run("a", 0)
    broken = written.folder / run_id / "samples" / "00000500.npz"
    broken.write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"00000500\.npz"):
        pictures(written)


def decoded(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
