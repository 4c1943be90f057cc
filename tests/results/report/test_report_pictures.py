"""Pictures that the page cannot draw itself are shown as they are."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from ganlab.results.report.samples import _frame
from ganlab.tracking.pictures import PICTURES


def test_another_picture_is_an_image_of_what_it_draws(tmp_path):
    points = np.random.default_rng(0).normal(size=(50, 2))
    arrays = {"points": points, "real": points, "names": np.array(["x", "y"])}
    np.savez(tmp_path / "00000100.npz", picture="scatter", **arrays)
    about, frame = _frame(100, tmp_path / "00000100.npz")
    assert about["kind"] == "picture"
    kind, data = frame["image"].split(";base64,")
    shown = Image.open(io.BytesIO(base64.b64decode(data)))
    drawn = Image.open(io.BytesIO(PICTURES["scatter"].draw("step 100", arrays)))
    assert kind in ("data:image/png", "data:image/webp")
    assert shown.size == drawn.size == (about["width"], about["height"])
    difference = np.abs(np.asarray(shown.convert("RGB")).astype(float) - np.asarray(drawn.convert("RGB")))
    assert difference.mean() < 3
