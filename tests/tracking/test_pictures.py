from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from ganlab.errors import InputError
from ganlab.tracking.pictures import grid_png, picture
from ganlab.tracking.pictures.density import HEADROOM, SIZE_PX, SKY_BLUE, VERMILION
from ganlab.tracking.pictures.grid import LINE

EDGES = np.linspace(-1, 1, 9)
WIDTH_OF_AXES = 0.84 * SIZE_PX[0]
UNIFORM = np.full(8, 0.5)


def save(path: Path, counts: Sequence[int], density: np.ndarray = UNIFORM) -> Path:
    np.savez(path, picture="density", edges=EDGES, counts=counts, density=density)
    return path


def pixels(png: bytes, colour: str) -> np.ndarray:
    """Where the picture has exactly that colour below its title and legend: [height, width] of bool."""
    image = np.asarray(Image.open(BytesIO(png)).convert("RGB"))
    found = (image == np.round(np.array(to_rgb(colour)) * 255)).all(axis=-1)
    found[: SIZE_PX[1] // 4] = False
    return found


def test_a_picture_is_a_small_png(tmp_path: Path) -> None:
    image = Image.open(BytesIO(picture(save(tmp_path / "00000100.npz", [1] * 8))))
    assert (image.format, image.size) == ("PNG", SIZE_PX)


def test_bars_stand_where_the_samples_are_and_are_as_high_as_their_density(tmp_path: Path) -> None:
    counts = [0, 0, 3, 3, 2, 2, 3, 3]
    blue = pixels(picture(save(tmp_path / "00000100.npz", counts, density=np.ones(8))), SKY_BLUE)
    columns = np.flatnonzero(blue.any(axis=0))
    assert np.ptp(columns) == pytest.approx(0.75 * WIDTH_OF_AXES, abs=2)
    heights = blue.sum(axis=0)[columns[1:-1]]
    assert heights.max() / heights.min() == pytest.approx(1.5, abs=0.05)


def test_the_true_density_is_a_line_across_the_picture(tmp_path: Path) -> None:
    rows, columns = np.nonzero(pixels(picture(save(tmp_path / "00000100.npz", [0] * 8)), VERMILION))
    assert np.ptp(columns) > 0.7 * SIZE_PX[0]
    assert np.ptp(rows) < 5


def test_bars_of_any_width_reach_the_true_density_when_the_samples_have_it(tmp_path: Path) -> None:
    path = tmp_path / "00000100.npz"
    np.savez(path, picture="density", edges=[-1, -0.5, 1], counts=[1, 3], density=[0.5, 0.5])
    drawn = picture(path)
    line, _ = np.nonzero(pixels(drawn, VERMILION))
    tops = pixels(drawn, SKY_BLUE).argmax(axis=0)
    assert np.abs(tops[tops > 0] - line.max()).max() <= 3


def test_a_collapsed_generator_is_cut_off_at_the_top(tmp_path: Path) -> None:
    blue = pixels(picture(save(tmp_path / "00000100.npz", [0, 0, 1000, 0, 0, 0, 0, 0])), SKY_BLUE)
    assert HEADROOM * 0.5 < 4  # the bar's density is above the picture's top
    assert blue[SIZE_PX[1] // 4].any()


def test_a_picture_depends_on_its_file_alone(tmp_path: Path) -> None:
    first = save(tmp_path / "00000100.npz", range(8))
    alone = picture(first)
    other = picture(save(tmp_path / "00000200.npz", [1] * 8, density=np.linspace(0, 1, 8)))
    assert picture(first) == alone != other


def test_the_step_is_in_the_title(tmp_path: Path) -> None:
    first, second = (
        np.asarray(Image.open(BytesIO(picture(save(tmp_path / name, range(8))))))
        for name in ("00000100.npz", "00000200.npz")
    )
    (rows, _) = np.nonzero((first != second).any(axis=-1))
    assert rows.size
    assert rows.max() < 0.1 * SIZE_PX[1]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "00000100.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"00000100\.npz holds no samples that can be drawn"):
        picture(tmp_path / "00000100.npz")


def test_arrays_that_nothing_draws_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "00000100.npz", grid=np.zeros((2, 2)))
    with pytest.raises(InputError, match=r"00000100\.npz holds no samples that can be drawn"):
        picture(tmp_path / "00000100.npz")


def test_points_in_the_plane_are_drawn_where_they_are(tmp_path: Path) -> None:
    many = np.full((50, 2), [1.0, -1.0]) + np.linspace(-0.03, 0.03, 50)[:, np.newaxis]
    np.savez(tmp_path / "00000100.npz", picture="plane", points=many, centres=np.array([[-1.0, -1.0], [-1.0, 1.0]]))
    image = np.asarray(Image.open(BytesIO(picture(tmp_path / "00000100.npz"))).convert("RGB")).astype(int)
    blue = np.abs(image - np.round(np.array(to_rgb(SKY_BLUE)) * 255)).sum(axis=-1) < 30
    height, width = blue.shape
    rows, columns = np.nonzero(blue[height // 3 :])  # below the legend
    assert columns.min() > 0.7 * width
    assert rows.min() + height // 3 > 0.7 * height


def test_a_grid_shows_the_average_beside_the_last_iterate_in_rows_magnified_without_blurring(tmp_path: Path) -> None:
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1).repeat(8, axis=2).repeat(8, axis=3) * 60
    np.savez(tmp_path / "00000100.npz", picture="grid", images=images, raw=images + 1)
    shown = np.asarray(Image.open(BytesIO(picture(tmp_path / "00000100.npz"))))
    scale = 30  # 17 pixels high, with the line in the middle
    assert shown.shape == (17 * scale, (17 + 4 + 17) * scale)
    small = shown[scale // 2 :: scale, scale // 2 :: scale]
    assert (small.repeat(scale, axis=0).repeat(scale, axis=1) == shown).all()
    assert [small[y, x] for y in (0, 16) for x in (0, 16)] == [0, 60, 120, 180]
    assert [small[y, x] for y in (0, 16) for x in (21, 37)] == [1, 61, 121, 181]
    assert np.unique(small[:, 17:21]).tolist() == [255]
    assert np.unique(small[8]).tolist() == [LINE, 255]


def test_a_grid_of_colour_images_keeps_its_channels_and_fills_up_with_grey() -> None:
    images = np.zeros((3, 3, 4, 4), dtype=np.uint8)
    images[:, 0] = 255
    shown = np.asarray(Image.open(BytesIO(grid_png(images))))
    assert shown[10, 10].tolist() == [255, 0, 0]
    assert shown[-10, -10].tolist() == [LINE, LINE, LINE]


def colours(path: Path, *wanted: str) -> list[np.ndarray]:
    """Where a picture has nearly each of these colours, below its title: [height, width] of bool."""
    image = np.asarray(Image.open(BytesIO(picture(path))).convert("RGB")).astype(int)
    found = [np.abs(image - np.round(np.array(to_rgb(one)) * 255)).sum(axis=-1) < 30 for one in wanted]
    return [np.where(np.arange(len(image))[:, np.newaxis] > 60, one, False) for one in found]


def test_a_picture_that_nobody_draws_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "00000100.npz", picture="scater", points=np.zeros((2, 2)))
    with pytest.raises(InputError, match="unknown picture 'scater'; did you mean 'scatter'"):
        picture(tmp_path / "00000100.npz")


def test_a_scatter_has_the_axes_of_the_held_out_points(tmp_path: Path) -> None:
    corners = np.array([[0.0, 0.0], [10.0, 20.0]])
    near = np.full((50, 2), [9.5, 1.0]) + np.linspace(-0.3, 0.3, 50)[:, np.newaxis]
    names = np.array(["width", "height"])
    np.savez(tmp_path / "00000100.npz", picture="scatter", points=near, real=corners, names=names)
    np.savez(tmp_path / "00000200.npz", picture="scatter", points=near + 1000, real=corners, names=names)
    (there,) = colours(tmp_path / "00000100.npz", SKY_BLUE)
    rows, columns = np.nonzero(there[there.shape[0] // 3 :])  # below the legend
    assert columns.min() > 0.7 * there.shape[1]
    assert rows.min() + there.shape[0] // 3 > 0.7 * there.shape[0]
    (gone,) = colours(tmp_path / "00000200.npz", SKY_BLUE)
    assert not gone[gone.shape[0] // 3 :].any()


def test_each_column_has_a_histogram_with_its_own_bins(tmp_path: Path) -> None:
    numbers, categories = np.arange(5.0), np.array([-0.5, 0.5, 1.5, np.nan, np.nan])
    counts = np.array([[1, 1, 1, 1], [0, 8, np.nan, np.nan]])
    real = np.array([[4, 0, 0, 0], [4, 4, np.nan, np.nan]])
    edges, names = np.stack([numbers, categories]), np.array(["x", "species"])
    np.savez(tmp_path / "00000100.npz", picture="marginals", edges=edges, counts=counts, real=real, names=names)
    (blue,) = colours(tmp_path / "00000100.npz", SKY_BLUE)
    middle = blue.shape[1] // 2
    first, second = blue[:, : middle - 10].any(axis=0).sum(), blue[:, middle + 10 :].any(axis=0).sum()
    assert first == pytest.approx(2 * second, rel=0.3)  # four bins of four, and one of two


def test_series_stand_beside_held_out_ones(tmp_path: Path) -> None:
    time = np.linspace(0, 1, 30)
    windows = np.stack([time, -time], axis=-1)[np.newaxis]
    np.savez(tmp_path / "00000100.npz", picture="series", windows=windows, real=windows, names=np.array(["a", "b"]))
    blue, orange = colours(tmp_path / "00000100.npz", SKY_BLUE, VERMILION)
    assert blue.any(axis=0).nonzero()[0].max() < blue.shape[1] / 2 < orange.any(axis=0).nonzero()[0].min()
