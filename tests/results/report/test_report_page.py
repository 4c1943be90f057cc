"""What a report says, as text of the page."""

from __future__ import annotations

import base64
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plotly import graph_objects
from records import ENVIRONMENT, with_summary
from written_sweep import WrittenSweep

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.results import build, read_runs, render
from ganlab.results.archive import write_archive
from ganlab.results.methods import methods
from ganlab.results.report import report


def page_of(sweep: WrittenSweep) -> str:
    return report(sweep.read(), [str(sweep.folder)])


def text_of(page: str) -> str:
    """What a reader sees: the text without scripts, styles and tags, its spaces single."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def data_of(page: str) -> Any:
    """What the page's scripts draw."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return json.loads(found[1])


def traces(page: str, chart: str, metric: str = "w1", dataset: str = "gaussian") -> list[Any]:
    """What a chart draws of rows."""
    return [trace for trace in data_of(page)["metrics"][dataset][metric][chart]["data"] if "row" in trace["meta"]]


def test_the_table_has_the_digits_and_the_footnotes_of_the_printed_one(three_rows: WrittenSweep):
    text = text_of(page_of(three_rows))
    printed = render(build(three_rows.read()), "md").splitlines()
    lines = [line for line in printed if line.startswith("| ") and not re.match(r"\| (variant|---)", line)]
    assert len(lines) == 4
    for line in lines:
        assert " ".join(line.replace("|", " ").replace("**", "").split()) in text
    for note in (line.removeprefix("- ") for line in printed if line.startswith("- ")):
        if not note.startswith("Again"):
            assert note.replace("\\", "") in text


def test_comparisons_of_rows_stand_below_the_table(three_rows: WrittenSweep):
    comparison = next(one for one in build(three_rows.read()).comparisons if one.difference.difference is not None)
    text = text_of(page_of(three_rows))
    assert f"{comparison.column} {comparison.first} {comparison.second}" in text
    assert comparison.difference.test in text


def test_of_very_many_comparisons_those_of_the_best_row_are_shown(written: WrittenSweep):
    for index in range(40):
        written.run(f"v{index}", 0, 0.1 + index / 100, samples=None)
    text = text_of(page_of(written))
    assert "Comparisons of two rows (39 of 780: " in text


def test_rows_on_several_data_sets_are_ranked_over_them(written: WrittenSweep):
    for dataset in ("gaussian", "uniform", "ring"):
        for label, value in (("a", 0.1), ("b", 0.2), ("c", 0.3)):
            written.run(label, 0, value, dataset=dataset, samples=None)
    text = text_of(page_of(written))
    assert "w1: critical difference 1.91; that all rank alike, p = 0.05 (Friedman)" in text
    assert "row mean rank p a 1.00 best b 2.00 p = 0.22 c 3.00 p = 0.029" in text


def test_rows_that_a_data_set_lacks_are_not_ranked(three_rows: WrittenSweep):
    three_rows.run("fast", 0, dataset="uniform")
    assert "mean rank" not in text_of(page_of(three_rows))


def test_curves_and_final_values_are_those_of_the_records(written: WrittenSweep):
    written.run("a", 0, 0.1)
    written.run("a", 1, 0.3)
    page = page_of(written)
    *seeds, band, median = traces(page, "curves")
    assert [seed["meta"]["seed"] for seed in seeds] == [0, 1]
    assert median["x"] == list(range(100, 1001, 100))
    assert [(seed["x0"], seed["dx"]) for seed in seeds] == [(100, 100)] * 2
    ends = [np.frombuffer(base64.b64decode(seed["y"]["bdata"]), "float32")[[0, -1]] for seed in seeds]
    assert np.array(ends) == pytest.approx(np.array([[1.0, 0.1], [3.0, 0.3]]))
    assert (median["y"][0], median["y"][-1]) == pytest.approx((2.0, 0.2))
    assert (band["y"][9], band["y"][10]) == pytest.approx((0.25, 0.15))
    assert median["customdata"][-1] == ["0.2", "0.15", "0.25", 2]
    marks, _, mean = traces(page, "finals")
    assert marks["x"] == [0.1, 0.3]
    assert mean["x"] == pytest.approx([0.2])
    assert mean["error_x"]["array"] == pytest.approx([12.706 * 0.1], rel=1e-4)
    (floor,) = [one for one in data_of(page)["metrics"]["gaussian"]["w1"]["curves"]["data"] if "row" not in one["meta"]]
    assert floor["y"] == [0.05, 0.05]


def test_values_that_are_not_finite_are_beyond_the_axis_and_never_left_out(written: WrittenSweep):
    written.run("a", 0, None)
    written.run("a", 1, 0.1)
    written.run("a", 2, 0.1, diverged_at=250)
    page = page_of(written)
    marks, lost, mean = traces(page, "finals")
    assert (marks["x"], lost["text"], mean["x"]) == ([0.1], ["2"], [])
    assert lost["customdata"] == ["seed 0: infinite<br>seed 2: diverged at step 250"]
    figure = data_of(page)["metrics"]["gaussian"]["w1"]["curves"]
    median = traces(page, "curves")[-1]
    assert median["y"][-1] > 10 * figure["layout"]["meta"]["rows"]["yaxis"]["autorangeoptions"]["clipmax"]
    assert median["customdata"][-1] == ["not finite", "not finite", "not finite", 3]


def test_plotly_knows_all_that_figures_say(three_rows: WrittenSweep):
    data = data_of(page_of(three_rows))
    metrics = [metric for metrics in data["metrics"].values() for metric in metrics.values()]
    figures = [metric[chart] for metric in metrics for chart in ("curves", "finals")]
    figures += [figure for row in data["diagnostics"] for figure in row["figures"]]
    assert len(figures) == 2 * 2 + 3 * 2
    for figure in figures:
        meta = figure["layout"].pop("meta", {})
        graph_objects.Figure(figure)
        for scale in ("linear", "log", "rows", "seeds"):
            graph_objects.Figure(layout=meta.get(scale, {}))


def test_values_too_large_or_too_small_for_single_precision_are_drawn_as_they_are(written: WrittenSweep):
    for seed, value in enumerate((1e300, 1e-300, 1.0)):
        written.run("a", seed, value, samples=None)
    huge, tiny, usual = traces(page_of(written), "curves")[:3]
    assert [one["y"]["dtype"] for one in (huge, tiny, usual)] == ["f8", "f8", "f4"]
    ends = [np.frombuffer(base64.b64decode(one["y"]["bdata"]), "float64")[-1] for one in (huge, tiny)]
    assert ends == [1e300, 1e-300]


def test_failures_are_listed(written: WrittenSweep):
    written.run("a", 0)
    diverged = written.run("a", 1, diverged_at=450, warnings=["Iteration 400: it swings."])
    unfinished = written.run("a", 2, done=False)
    text = text_of(page_of(written))
    assert f"a gaussian 1 450 1000 {diverged}" in text
    assert f"a gaussian 2 500 1000 {unfinished}" in text
    assert f"{diverged} Iteration 400: it swings." in text
    assert "1 finished, 1 diverged, 1 not done yet" in text


def test_settings_say_what_all_rows_share_and_where_they_differ(written: WrittenSweep):
    written.run("a", 0, latent_dim=2)
    written.run("b", 0, latent_dim=4, penalties={"r1": 0.1})
    text = text_of(page_of(written))
    assert "batch_ size 64" in text
    assert "row latent_ dim penalties. r1 a 2 b 4 0.1" in text


def test_the_methods_stand_there_in_words(three_rows: WrittenSweep):
    assert methods(three_rows.read(), build(three_rows.read())).replace("\n\n", " ") in text_of(page_of(three_rows))


def test_a_run_that_moved_names_both_machines(written: WrittenSweep):
    old, new = (ENVIRONMENT | {"processor": name} for name in ("an old one", "a new one"))
    moved = [{"from_step": 0, **old}, {"from_step": 500, **new}]
    written.run("a", 0, summary={"environment": new, "environments": moved})
    written.run("a", 1, summary={"environment": new})
    text = text_of(page_of(written))
    assert "1: 1 run an old one 2: 2 runs a new one" in text


def test_an_archive_gives_the_same_report_without_samples(three_rows: WrittenSweep, tmp_path: Path):
    archive = tmp_path / "archive.zip"
    write_archive(archive, three_rows.read(), None)
    here, there = page_of(three_rows), report(read_runs([str(archive)]), [str(archive)])
    for key in ("rows", "metrics", "diagnostics"):
        assert data_of(there)[key] == data_of(here)[key]
    assert data_of(there)["pictures"] == []
    assert 'id="samples"' in here
    assert 'id="samples"' not in there
    assert "ganlab reproduce r001" in text_of(there)


def test_costs_are_summed_by_row_and_in_all(three_rows: WrittenSweep):
    text = text_of(page_of(three_rows))
    assert "fast 3 0:01:30 4.5 s 192,000" in text
    assert "all 9 0:04:30 13.5 s 576,000" in text


def test_commands_make_it_all_again(three_rows: WrittenSweep, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(three_rows.folder.parent)
    page = report(three_rows.read(), ["my_sweep", "an archive.zip"], ["w1", "best/w1"])
    text = text_of(page)
    assert "ganlab table my_sweep 'an archive.zip' --metrics w1,best/w1" in text
    assert "ganlab report my_sweep 'an archive.zip' --metrics w1,best/w1 -o report.html" in text
    assert "ganlab reproduce my_sweep/r001" in text
    assert "ganlab sweep my_sweep.yaml" in text


def test_commands_name_filters_of_wandb_too(written: WrittenSweep):
    written.run("a", 0)
    page = report(written.read(), ["wandb:me/gans", "--filter", "sweep=a b"])
    assert "ganlab table wandb:me/gans --filter 'sweep=a b'" in text_of(page)


def test_rows_of_two_sweeps_with_one_name_stay_apart(tmp_path: Path):
    runs = []
    for name, size in (("first", 2), ("second", 4)):
        (tmp_path / name).mkdir()
        sweep = WrittenSweep(tmp_path / name)
        sweep.run("a", 0, latent_dim=size, id=f"a-{name}")
        runs += sweep.read()
    page = report(runs, ["first", "second"])
    assert [row["label"] for row in data_of(page)["rows"]] == ["a [first]", "a [second]"]
    assert [trace["meta"]["row"] for trace in traces(page, "curves") if "seed" in trace["meta"]] == [
        "a [first]",
        "a [second]",
    ]
    assert "<title>first, second" in page


def test_nothing_in_a_record_ends_the_script_that_holds_it(written: WrittenSweep):
    name = "</script><script>alert(1)</script><!--"
    written.run(name, 0)
    page = page_of(written)
    assert name not in page
    assert data_of(page)["rows"][0]["label"] == name


def test_plotly_can_stand_in_a_page_and_keeps_the_note_of_its_licence(three_rows: WrittenSweep):
    script = (files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")
    page = page_of(three_rows)
    assert "</script" not in script
    assert "<!--" not in script
    assert page.count(script) == 1
    assert "Licensed under the MIT license" in script


def test_equal_records_make_an_equal_report(three_rows: WrittenSweep):
    assert page_of(three_rows) == page_of(three_rows)


def test_the_command_writes_the_file(three_rows: WrittenSweep, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    place = tmp_path / "out.html"
    assert main(["report", str(three_rows.folder), "--metrics", "reach", "-o", str(place)]) == 0
    assert "reach ↑" in text_of(place.read_text("utf-8"))
    assert str(place) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere", "-o", "out.html"], "there is no folder 'nowhere'"),
        (["my_sweep", "-o", "out.pdf"], "must end in .html"),
        (["my_sweep", "-o", "absent/out.html"], "there is no folder 'absent'"),
        (["my_sweep", "-o", "folder.html"], "it is a folder"),
        (["my_sweep", "-o", "out.html", "--metrics", "w2"], "unknown metric 'w2'; did you mean 'w1'"),
    ],
)
def test_bad_input_gets_one_sentence(
    three_rows: WrittenSweep,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
):
    monkeypatch.chdir(three_rows.folder.parent)
    Path("folder.html").mkdir()
    assert main(["report", *arguments]) == 2
    complaint = capsys.readouterr().err
    assert sentence in complaint
    assert complaint.count("\n") == 1
    assert not Path("out.html").exists()


def test_a_report_that_fails_leaves_the_one_before(three_rows: WrittenSweep, tmp_path: Path):
    place = tmp_path / "out.html"
    place.write_text("the one before")
    (three_rows.folder / "r000" / "metrics.jsonl").write_text("broken\n")
    with pytest.raises(InputError, match=r"metrics\.jsonl does not hold the rows"):
        page_of(three_rows)
    assert main(["report", str(three_rows.folder), "-o", str(place)]) == 2
    assert place.read_text() == "the one before"


def test_a_metric_beside_the_table_that_rows_measured_otherwise_is_left_out(three_rows: WrittenSweep):
    first, *others = three_rows.read()
    protocol = first.result.record()["protocol"]
    protocol["metrics"]["extra"] = {"better": "lower", "estimator": "any"}
    runs = [with_summary(first, protocol=protocol), *others]
    assert data_of(report(runs, ["a"], metrics=["w1"]))["metrics"]["gaussian"].keys() == {"w1", "reach"}
    with pytest.raises(InputError, match="must not share the column 'extra'"):
        report(runs, ["a"], metrics=["extra"])
