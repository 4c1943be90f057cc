"""What generators gave over training: numbers that the page draws, or images."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganlab.record.run_directory import RunDirectory
from ganlab.results.columns import Column
from ganlab.results.report.thinning import drawn, evenly
from ganlab.results.runs import Key, Run
from ganlab.results.table import Table
from ganlab.tracking.pictures import arrays_in, picture
from ganlab.tracking.pictures.grid import tile

MOST_STEPS, FEWEST_STEPS = 12, 2
"""Pictures of a run; how many of them are shown depends on their size."""
BUDGET = 6_000_000
"""Characters that all pictures of a report may take."""
MOST_POINTS = 500
"""Points that a picture of the plane shows."""
SMALL_PNG = 8_000
"""Bytes up to which an image stays a PNG; a larger one becomes a WebP, with loss and a fifth of the size."""
WEBP_QUALITY = 90

Pictures = dict[str, Any]
"""Of one run: ``row``, ``seed``, ``median`` (whether it is its row's, as ``ranked_by`` a column), ``diverged_at``,
``kind`` (density, plane, images, or any other picture), what all of its pictures share, and ``frames``, each with its
``step``."""


def pictures_of(runs: Sequence[Run], table: Table) -> list[Pictures]:
    """The pictures of the median seed of each row, and of the others too if `BUDGET` allows.

    There are at most `MOST_STEPS` of a run, evenly spread over training; fewer where they are large, and none of
    the last rows if even `FEWEST_STEPS` are too many. A run without samples on this machine has no pictures.
    """
    index = table.positions
    by_row: dict[Key, list[Run]] = {}
    for run in runs:
        if run.origin.folder is not None and RunDirectory(run.origin.folder).samples():
            by_row.setdefault((run.dataset, run.label), []).append(run)
    ranked_by = {key: _first_measured(table.columns, members) for key, members in by_row.items()}
    medians = {key: _median_run(members, ranked_by[key]) for key, members in by_row.items()}
    shown = [_pictures(run, index[key], ranked_by[key]) for key, run in medians.items()]
    size = sum(map(_size, shown))
    if size > BUDGET:
        return _within_budget(shown)
    others = [(key, run) for key, members in by_row.items() for run in members if run is not medians[key]]
    if size * (1 + len(others) / max(1, len(medians))) <= BUDGET:
        shown += [_pictures(run, index[key], ranked_by[key], median=False) for key, run in others]
    return shown


def _first_measured(columns: Sequence[Column], runs: Sequence[Run]) -> Column | None:
    """The first of `columns` that one of `runs` has a number of."""
    return next((column for column in columns if any(run.done and column.measured_in(run) for run in runs)), None)


def _median_run(runs: Sequence[Run], column: Column | None) -> Run:
    """The run with the median value in `column`, the better of two; the first where none has a value."""
    if column is None:
        return runs[0]
    done = [run for run in runs if run.done and column.measured_in(run)]
    ranked = sorted(done, key=column.value, reverse=column.better == "higher")
    return ranked[(len(ranked) - 1) // 2]


def _within_budget(pictures: Sequence[Pictures]) -> list[Pictures]:
    """All of `pictures` with as many steps as fit; if even `FEWEST_STEPS` do not, as many of the first as do."""
    for steps in range(MOST_STEPS, FEWEST_STEPS - 1, -1):
        thinned = [one | {"frames": evenly(one["frames"], steps)} for one in pictures]
        if sum(map(_size, thinned)) <= BUDGET:
            return thinned
    sizes = accumulate(map(_size, thinned))
    return [one for one, size in zip(thinned, sizes, strict=True) if size <= BUDGET]


def _size(pictures: Pictures) -> int:
    return len(json.dumps(pictures))


def _pictures(run: Run, row: int, ranked_by: Column | None, median: bool = True) -> Pictures:
    assert run.origin.folder is not None
    files = evenly(list(RunDirectory(run.origin.folder).samples().items()), MOST_STEPS)
    about, *_ = frames = [_frame(step, file) for step, file in files]
    return {
        "row": row,
        "seed": run.seed,
        "median": median,
        "ranked_by": ranked_by.name if ranked_by else None,
        "diverged_at": run.diverged_at if run.diverged else None,
        **about[0],
        "frames": [frame for _, frame in frames],
    }


def _frame(step: int, samples: Path) -> tuple[Pictures, Pictures]:
    """What all pictures of a run share, and what is this step's own."""
    arrays = arrays_in(samples)
    if arrays["picture"] == "density":
        edges, density = map(drawn, arrays["edges"]), map(drawn, arrays["density"])
        return (
            {"kind": "density", "edges": list(edges), "density": list(density)},
            {"step": step, "counts": arrays["counts"].astype(int).tolist()},
        )
    if arrays["picture"] == "plane":
        points = arrays["points"][:MOST_POINTS]
        return (
            {"kind": "plane", "centres": _numbers(arrays["centres"])},
            {"step": step, "points": _numbers(points[np.isfinite(points).all(axis=1)])},
        )
    if arrays["picture"] != "grid":
        return _drawn_frame(step, samples)
    images = arrays["images"]
    grid = tile(images, math.ceil(math.sqrt(len(images))))
    size = {"height": grid.shape[0], "width": grid.shape[1]}
    return {"kind": "images", "count": len(images), **size}, {"step": step, "image": _data_url(grid)}


def _drawn_frame(step: int, samples: Path) -> tuple[Pictures, Pictures]:
    """The same of what the page cannot draw: the picture itself."""
    kept = samples.with_suffix(".png")
    png = kept.read_bytes() if kept.exists() else picture(samples)
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    size = {"height": image.shape[0], "width": image.shape[1]}
    return {"kind": "picture", **size}, {"step": step, "image": _data_url(image)}


def _numbers(points: NDArray[Any]) -> list[list[float | None]]:
    return [[drawn(x), drawn(y)] for x, y in points.tolist()]


def _data_url(picture: NDArray[np.uint8]) -> str:
    """`picture` [Y, X, C] as a data URL."""
    image = Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture)
    data, kind = _encoded(image, "PNG", optimize=True), "png"
    if len(data) > SMALL_PNG:
        data, kind = _encoded(image, "WEBP", quality=WEBP_QUALITY), "webp"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
