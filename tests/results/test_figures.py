"""Figures, from run directories on disk to the files that a paper includes."""

from __future__ import annotations

import hashlib
import io
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image
from pypdf import PdfReader
from recorder import rewrite_summary
from recording import record
from scipy import stats

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.results.colours import COLOURS, style_of
from ganlab.results.figures import FORMATS, Drawing
from ganlab.results.figures.curves import draw_curves
from ganlab.results.figures.panel import shown
from ganlab.results.figures.sheet import STYLE
from ganlab.results.figures.strips import draw_strips
from ganlab.results.runs import Run
from ganlab.results.sources import read_runs
from ganlab.results.table import build

POINTS_AN_INCH = 72


def curve(start: float, end: float) -> list[float | None]:
    return np.geomspace(start, end, 5).tolist()


def sweep(folder: Path, labels: list[str], seeds: int = 3, **options) -> list[Run]:
    """Rows whose values fall from 1 to about 0.01; `w1` has a floor of 0.01, `reach` has none."""
    folder.mkdir(exist_ok=True)
    for label in labels:
        for seed in range(seeds):
            values = {"w1": curve(1.0 + seed, 0.01 * (1 + seed)), "reach": [0.1, 0.2, 0.3, 0.4, 0.5 + seed / 10]}
            record(folder, label, seed, values, floors={"w1": 0.01}, **options)
    return read_runs([str(folder)])


def drawn(kind: str, runs: list[Run], metrics: list[str]) -> Figure:
    """The figure as it lies on the page."""
    table = build(runs, metrics)
    with mpl.rc_context(STYLE):
        figure = draw_curves(runs, table, table.columns) if kind == "curves" else draw_strips(table, table.columns)
        FigureCanvasAgg(figure).draw()
    return figure


def texts(svg: bytes) -> set[str]:
    root = ElementTree.fromstring(svg)
    return {"".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize("kind", ["curves", "strips"])
def test_an_svg_has_text_as_text_and_no_pixels(tmp_path: Path, kind) -> None:
    svg = Drawing(sweep(tmp_path, ["lsgan", "wgan-gp"]), kind, ["w1", "reach"]).file("svg")
    found = texts(svg)
    assert {"lsgan", "wgan-gp", "w1 ↓", "reach ↑"} <= found
    assert {"true", "samples"} <= found or "true samples" in found
    assert b"<image" not in svg


@pytest.mark.parametrize("kind", ["curves", "strips"])
def test_a_pdf_is_a_vector_with_truetype_text_as_wide_as_two_columns(tmp_path: Path, kind) -> None:
    pdf = Drawing(sweep(tmp_path, ["lsgan", "wgan-gp"]), kind, ["w1", "reach"]).file("pdf")
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    text = page.extract_text()
    assert all(word in text for word in ("lsgan", "wgan-gp", "w1", "reach", "true", "samples"))
    assert len(page.images) == 0
    assert {str(font["/Subtype"]) for font in page["/Resources"]["/Font"].values()} == {"/Type0"}  # 42: no Type3
    assert page.mediabox.width == pytest.approx(6.8 * POINTS_AN_INCH)


def test_one_panel_is_as_wide_as_one_column(tmp_path: Path) -> None:
    pdf = Drawing(sweep(tmp_path, ["lsgan"]), metrics=["w1"]).file("pdf")
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    assert page.mediabox.width == pytest.approx(3.4 * POINTS_AN_INCH)


def test_a_png_has_300_pixels_an_inch(tmp_path: Path) -> None:
    png = Drawing(sweep(tmp_path, ["lsgan"]), metrics=["w1"]).file("png")
    assert Image.open(io.BytesIO(png)).width == pytest.approx(3.4 * 300, abs=1)


@pytest.mark.parametrize("format", FORMATS)
def test_equal_runs_give_equal_bytes_in_another_process_too(tmp_path: Path, format) -> None:
    runs = sweep(tmp_path / "sweep", ["lsgan", "wgan-gp"])
    file = tmp_path / f"figure.{format}"
    command = [sys.executable, "-m", "ganlab", "figure", str(tmp_path / "sweep"), "-o", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    assert file.read_bytes() == Drawing(runs).file(format)


def test_there_is_a_panel_for_each_data_set_and_each_of_its_metrics(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [1.0], "reach": [0.5]}, dataset="line")
    record(tmp_path, "lsgan", 0, {"reach": [0.5]}, dataset="ring")
    runs = read_runs([str(tmp_path)])
    for kind, label in (("curves", "get_ylabel"), ("strips", "get_xlabel")):
        panels = [(axes.get_title(), getattr(axes, label)()) for axes in drawn(kind, runs, ["w1", "reach"]).axes]
        assert panels == [("line", "w1 ↓"), ("line", "reach ↑"), ("ring", "reach ↑")]


def test_by_default_the_primary_metric_and_one_beside_it_are_drawn(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"reach": [1.0], "w1": [1.0], "js": [1.0], "ks": [1.0]})
    found = texts(Drawing(read_runs([str(tmp_path)])).file("svg"))
    assert {"reach ↑", "js ↓"} <= found
    assert not {"w1 ↓", "ks ↓"} & found


def test_line_and_band_are_where_numpy_has_the_quartiles(tmp_path: Path) -> None:
    values = np.random.default_rng(0).lognormal(size=(5, 4))
    for seed, row in enumerate(values):
        record(tmp_path, "lsgan", seed, {"w1": row.tolist()})
    (axes,) = drawn("curves", read_runs([str(tmp_path)]), ["w1"]).axes
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(axes.lines[0].get_ydata(), median)
    (band,) = (artist for artist in axes.collections if isinstance(artist, PolyCollection))
    corners = band.get_paths()[0].vertices
    for step, ends in zip([100, 200, 300, 400], zip(low, high, strict=True), strict=True):
        at_step = corners[corners[:, 0] == step, 1]
        np.testing.assert_allclose([at_step.min(), at_step.max()], ends)


def test_a_collapse_ends_in_a_cross_at_the_edge(tmp_path: Path) -> None:
    record(tmp_path, "wgan", 0, {"w1": [1.0] * 5})
    record(tmp_path, "lsgan", 0, {"w1": [0.8] * 5})
    record(tmp_path, "lsgan", 1, {"w1": [0.8, 1.0]}, diverged_at=230)
    runs = read_runs([str(tmp_path)])
    (axes,) = drawn("curves", runs, ["w1"]).axes
    (cross,) = (line for line in axes.lines if line.get_marker() == "x")
    edge = axes.get_ylim()[1]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (300, edge)
    (line,) = (line for line in axes.lines if line.get_ydata()[0] == 0.8)
    np.testing.assert_array_equal(line.get_ydata(), [0.8, 0.9, edge, math.nan, math.nan])
    assert "median infinite (diverged)" in texts(Drawing(runs).file("svg"))


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.5, 0.4, 0.3], "linear"),
        ([9.0, 3.0, 0.1], "log"),
        ([0.9, 0.5, 0.0], "linear"),
        ([9.0, 0.1, -0.0004], "symlog"),
        ([0.003, 0.001, -0.0004], "linear"),
    ],
)
def test_an_axis_is_logarithmic_where_values_spread_over_a_decade(tmp_path: Path, values, scale) -> None:
    record(tmp_path, "lsgan", 0, {"w1": values})
    (axes,) = drawn("curves", read_runs([str(tmp_path)]), ["w1"]).axes
    assert axes.get_yscale() == scale
    assert axes.get_ylim()[0] < min(values) < max(values) < axes.get_ylim()[1]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.5, 0.05], {"0.05", "0.1", "0.2", "0.5"}),
        ([1.0, 0.02], {"0.03", "0.1", "0.3", "1"}),
        ([1.0, 0.001], {"0.001", "0.01", "0.1", "1"}),
        ([1.0, -0.0004], {"0", "0.001", "0.01", "0.1", "1"}),
        ([1e-5, 1e-8], {rf"$\mathdefault{{10^{{{power}}}}}$" for power in (-8, -7, -6, -5)}),
    ],
)
def test_ticks_are_few_and_round(tmp_path: Path, values, shown) -> None:
    record(tmp_path, "lsgan", 0, {"w1": values})
    (axes,) = drawn("curves", read_runs([str(tmp_path)]), ["w1"]).axes
    low, high = axes.get_ylim()
    assert {tick.get_text() for tick in axes.get_yticklabels() if low <= tick.get_position()[1] <= high} == shown


def test_strips_show_each_seed_and_the_t_interval_of_scipy(tmp_path: Path) -> None:
    finals = [0.30, 0.35, 0.28, 0.41]
    for seed, value in enumerate(finals):
        record(tmp_path, "lsgan", seed, {"w1": [value]})
    (axes,) = drawn("strips", read_runs([str(tmp_path)]), ["w1"]).axes
    marks = [x for line in axes.lines if line.get_marker() == style_of(0).marker for x in line.get_xdata()]
    assert marks == finals
    interval = stats.t.interval(0.95, df=3, loc=np.mean(finals), scale=stats.sem(finals))
    (bar,) = (line for line in axes.lines if line.get_color() == "black" and len(line.get_xdata()) == 2)
    np.testing.assert_allclose(bar.get_xdata(), interval)
    (mean,) = (line for line in axes.lines if line.get_marker() == "|")
    assert mean.get_xdata()[0] == pytest.approx(np.mean(finals))


def test_an_interval_below_zero_is_cut_off_with_an_arrow_where_all_values_are_positive(tmp_path: Path) -> None:
    for seed, value in enumerate([0.01, 0.02, 0.3]):
        record(tmp_path, "lsgan", seed, {"w1": [value]})
    (axes,) = drawn("strips", read_runs([str(tmp_path)]), ["w1"]).axes
    assert axes.get_xscale() == "log"
    (arrow,) = (line for line in axes.lines if line.get_marker() == "<")
    assert arrow.get_xdata()[0] == axes.get_xlim()[0]
    high = stats.t.interval(0.95, df=2, loc=0.11, scale=stats.sem([0.01, 0.02, 0.3]))[1]
    assert axes.get_xlim()[1] > high


def test_strips_count_the_diverged_at_the_edge_and_give_them_no_mean(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [0.3]})
    for seed in (1, 2):
        record(tmp_path, "lsgan", seed, {"w1": [0.3]}, diverged_at=150)
    (axes,) = drawn("strips", read_runs([str(tmp_path)]), ["w1"]).axes
    (cross,) = (line for line in axes.lines if line.get_marker() == "x")
    assert cross.get_xdata()[0] == axes.get_xlim()[1]
    assert [text.get_text() for text in axes.texts] == ["2"]
    assert not [line for line in axes.lines if line.get_marker() == "|"]


@pytest.mark.parametrize("kind", ["curves", "strips"])
@pytest.mark.parametrize("metrics", [["w1"], ["w1", "reach"]])
def test_twelve_long_rows_fit_on_the_page_and_the_legend_covers_no_panel(tmp_path: Path, kind, metrics) -> None:
    labels = [f"row {i} with a label that its author found to be helpful" for i in range(12)]
    figure = drawn(kind, sweep(tmp_path, labels, seeds=1), metrics)
    renderer = figure.canvas.get_renderer()
    legend = figure.legends[0].get_window_extent(renderer)
    page = figure.bbox
    for axes in figure.axes:
        panel = axes.get_tightbbox(renderer)
        assert panel.y0 >= legend.y1
        assert page.x0 <= panel.x0 < panel.x1 <= page.x1
        assert panel.y1 <= page.y1 + 1
        assert axes.bbox.height > 0.4 * 72
        assert axes.bbox.width > 0.3 * page.width / len(figure.axes)
    assert page.x0 <= legend.x0 < legend.x1 <= page.x1
    assert legend.y0 >= page.y0


def test_long_labels_of_strips_break_between_words_and_stand_clear_of_each_other(tmp_path: Path) -> None:
    labels = [f"wgan-gp_lr1e-{i}_critic_steps5_spectral_norm_and_resnet_blocks" for i in range(4)]
    figure = drawn("strips", sweep(tmp_path, labels, seeds=1), ["w1"])
    (axes,) = figure.axes
    assert axes.get_yticklabels()[0].get_text().split("\n") == [
        "wgan-gp_lr1e-0_critic_",
        "steps5_spectral_norm_and_",
        "resnet_blocks",
    ]
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(upper.y0 >= lower.y1 for upper, lower in pairwise(boxes))


@pytest.mark.parametrize(
    ("name", "number"),
    [("gaussian-mixture(weights=[0.7, 0.3])", "[0.7,"), ("wgan-gp_of_learning_rate_of_1e-4", "1e-4")],
)
def test_a_name_does_not_break_inside_a_number(name: str, number: str) -> None:
    assert "\n" in shown(name)
    assert number in shown(name)


def test_labels_are_shown_letter_by_letter(tmp_path: Path) -> None:
    labels = ["costs $5 or $6", "<b>&", "_private"]
    runs = sweep(tmp_path, labels, seeds=1)
    for kind in ("curves", "strips"):
        assert set(labels) <= texts(Drawing(runs, kind).file("svg"))


def lightness(colour: str) -> float:
    """CIE 1976 L*, from 0 to 100."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 116 * float(np.dot([0.2126, 0.7152, 0.0722], linear)) ** (1 / 3) - 16


def test_the_first_four_colours_differ_in_print_without_colour() -> None:
    shades = sorted(max(lightness(colour), 0) for colour in COLOURS[:4])
    assert np.diff(shades).min() > 10
    assert max(map(lightness, COLOURS)) < 80, "too faint on white"


def test_rows_differ_in_more_than_colour() -> None:
    assert len({style_of(row).marker for row in range(12)}) == 12
    assert len({(style_of(row).colour, style_of(row).dashes) for row in range(28)}) == 28
    assert all(style_of(row).dashes != style_of(row + 1).dashes for row in range(28))


def test_drawing_leaves_the_settings_of_matplotlib_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    Drawing(sweep(tmp_path, ["lsgan"])).file("svg")
    assert dict(mpl.rcParams) == before


def test_the_caption_says_how_many_seeds_there_are(tmp_path: Path) -> None:
    runs = sweep(tmp_path, ["lsgan"], seeds=3)
    assert "medians over 3 seeds" in Drawing(runs).caption()
    record(tmp_path, "wgan", 0, {"w1": [1.0]})
    assert "results of 1 to 3 seeds" in Drawing(read_runs([str(tmp_path)]), "strips").caption()


def test_the_caption_speaks_of_floors_and_divergence_where_there_are_any(tmp_path: Path) -> None:
    record(tmp_path / "plain", "lsgan", 0, {"w1": [1.0]})
    runs = read_runs([str(tmp_path / "plain")])
    assert not re.search("Dashed|divergence|finite", Drawing(runs).caption() + Drawing(runs, "strips").caption())
    record(tmp_path / "other", "lsgan", 0, {"w1": [1.0]}, floors={"w1": 0.01})
    record(tmp_path / "other", "lsgan", 1, {"w1": [1.0]}, diverged_at=150)
    runs = read_runs([str(tmp_path / "other")])
    assert Drawing(runs).caption().endswith("a seed counts as infinite. Dashed: what as many true samples score.")
    assert Drawing(runs, "strips", ["best/w1"]).caption().endswith("95% t-intervals where all are finite.")


@pytest.mark.parametrize("kind", ["curves", "strips"])
def test_rows_of_one_name_of_two_sweeps_are_told_apart(tmp_path: Path, kind) -> None:
    record(tmp_path / "short", "wgan", 0, {"w1": [1.0]}, steps=100)
    record(tmp_path / "long", "wgan", 1, {"w1": [1.0]}, steps=500)
    runs = read_runs([str(tmp_path / "short"), str(tmp_path / "long")])
    assert {"wgan [short]", "wgan [long]"} <= set(texts(Drawing(runs, kind).file("svg")))
    assert "1 seed," in Drawing(runs, kind).caption()


def refusal(capsys, *arguments: str) -> str:
    assert main(["figure", *arguments]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


def test_what_cannot_be_drawn_is_refused_in_one_sentence_and_writes_nothing(tmp_path: Path, capsys) -> None:
    folder = str(tmp_path / "sweep")
    sweep(tmp_path / "sweep", ["lsgan"])
    output = tmp_path / "figure.pdf"
    assert "ends in .pdf, .svg or .png" in refusal(capsys, folder, "-o", str(tmp_path / "figure.jpg"))
    assert "unknown metric 'reech'; did you mean 'reach'" in refusal(
        capsys, folder, "-o", str(output), "--metrics", "reech"
    )
    assert "no learning curve of 'best/w1'" in refusal(capsys, folder, "-o", str(output), "--metrics", "best/w1")
    assert "no figure of device" in refusal(capsys, folder, "-o", str(output), "--metrics", "device")
    assert "there is no folder" in refusal(capsys, folder, "-o", str(tmp_path / "nowhere" / "figure.pdf"))
    assert [path.name for path in tmp_path.iterdir()] == ["sweep"]


def test_runs_without_evaluations_have_no_curves(tmp_path: Path) -> None:
    runs = sweep(tmp_path, ["lsgan"], seeds=1)
    directory = RunDirectory(tmp_path / runs[0].id)
    directory.metrics_path.write_text("")
    rewrite_summary(directory, directory.summary().record() | {"metrics_sha256": hashlib.sha256(b"").hexdigest()})
    runs = read_runs([str(tmp_path)])
    with pytest.raises(InputError, match="no run has evaluations of w1, reach in its rows"):
        Drawing(runs, metrics=["w1", "reach"]).file("svg")
    assert "lsgan" in texts(Drawing(runs, "strips").file("svg"))


def test_a_figure_and_its_caption_are_of_one_table_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(tmp_path / "sweep", ["lsgan"])
    built = []
    monkeypatch.setattr("ganlab.results.figures.build", lambda *given: built.append(build(*given)) or built[-1])
    assert main(["figure", str(tmp_path / "sweep"), "-o", str(tmp_path / "figure.svg")]) == 0
    assert len(built) == 1
