"""The report in a real browser: what a reader does with it, and what must not go wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest
from playwright.sync_api import Page
from report_opener import Opener
from written_sweep import WrittenSweep


def column(page: Page, heading: str) -> list[str]:
    """The first column of the benchmark table, sorted by a click on the `heading`."""
    page.locator(".benchmark thead button", has_text=heading).click()
    return page.locator(".benchmark tbody td:first-child").all_inner_texts()


def layout_of(page: Page, chart: str) -> Any:
    return page.evaluate("id => document.getElementById(id).layout", chart)


def traces_of(page: Page, chart: str) -> Any:
    """The names and values of what a chart draws of rows."""
    traces = "document.getElementById(id).data.filter(({meta}) => 'row' in meta)"
    return page.evaluate(f"id => {traces}.map(({{name, x, y}}) => ({{name, x, y}}))", chart)


def test_the_table_sorts_by_number_with_infinite_ones_and_the_floor_last(written: WrittenSweep, open_report: Opener):
    for label, value in (("a", 0.2), ("b", 0.03), ("c", 0.1)):
        written.run(label, 0, value)
    written.run("aa", 0, diverged_at=450)
    page = open_report(written)
    assert column(page, "w1") == ["b", "c", "a", "aa", "true samples"]
    assert column(page, "w1") == ["a", "c", "b", "aa", "true samples"]
    assert column(page, "w1") == ["a", "aa", "b", "c", "true samples"]


def test_a_heading_says_how_the_table_is_sorted(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    heading = page.locator(".benchmark th", has_text="variant")
    assert heading.get_attribute("aria-sort") == "none"
    assert column(page, "variant") == ["fast", "slow", "wild", "true samples"]
    assert heading.get_attribute("aria-sort") == "ascending"


def test_rows_of_one_data_set_stay_together(written: WrittenSweep, open_report: Opener):
    for dataset, value in (("gaussian", 0.3), ("uniform", 0.1)):
        written.run("a", 0, value, dataset=dataset)
        written.run("b", 0, value / 2, dataset=dataset)
    page = open_report(written)
    page.locator(".benchmark thead button", has_text="w1").click()
    assert page.locator(".benchmark tbody td:nth-child(2)").all_inner_texts() == [
        *("b", "a", "true samples"),
        *("b", "a", "true samples"),
    ]
    assert page.locator("#metric-data option").all_inner_texts() == ["gaussian", "uniform"]


def test_runs_that_are_not_done_or_diverged_at_once_are_drawn_as_far_as_they_are(
    written: WrittenSweep, open_report: Opener
):
    written.run("a", 0)
    written.run("at-once", 0, diverged_at=50)
    written.run("b", 0, dataset="uniform", done=False)
    page = open_report(written)
    assert {trace["name"] for trace in traces_of(page, "curves")} == {None, "a", "at-once"}
    page.select_option("#metric-data", "uniform")
    assert traces_of(page, "curves")[1]["x"] == [100, 200, 300, 400, 500]
    assert traces_of(page, "finals") == []


def test_another_metric_is_drawn_when_it_is_chosen(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    before = traces_of(page, "curves")
    page.select_option("#metric", "reach")
    after = traces_of(page, "curves")
    fast = next(trace for trace in after if trace["name"] == "fast")
    assert after != before
    assert fast["y"] == [step / 1000 for step in range(100, 1001, 100)]
    assert layout_of(page, "curves")["yaxis"]["title"]["text"] == "reach"
    assert layout_of(page, "finals")["xaxis"]["title"]["text"] == "reach"


def test_the_log_axis_can_be_chosen(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    page.select_option("#metric", "w1")
    page.check("#log")
    assert [layout_of(page, "curves")["yaxis"]["type"], layout_of(page, "finals")["xaxis"]["type"]] == ["log", "log"]
    page.uncheck("#log")
    assert layout_of(page, "curves")["yaxis"]["type"] == "linear"


def test_numbers_over_decades_have_a_log_axis_from_the_start(written: WrittenSweep, open_report: Opener):
    written.run("good", 0, 0.001)
    written.run("bad", 0, 1.0)
    page = open_report(written)
    assert layout_of(page, "curves")["yaxis"]["type"] == "log"
    page.select_option("#metric", "reach")
    assert layout_of(page, "curves")["yaxis"]["type"] == "linear"


def test_each_data_set_offers_what_was_measured_on_it(written: WrittenSweep, open_report: Opener):
    written.run("a", 0)
    written.run("b", 0, dataset="images", measured=["reach"])
    page = open_report(written)
    assert page.locator("#metric option").all_inner_texts() == ["w1", "reach"]
    page.select_option("#metric-data", "images")
    assert page.locator("#metric option").all_inner_texts() == ["reach"]
    assert {trace["name"] for trace in traces_of(page, "curves")} == {None, "b"}
    page.select_option("#sample-data", "images")
    assert page.locator("#sample-seed option").first.inner_text() == "each row’s median by reach"  # noqa: RUF001


def test_a_row_is_hidden_by_its_name_in_the_legend_with_the_keyboard(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    button = page.locator("#legend button", has_text="slow")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    assert {trace["name"] for trace in traces_of(page, "curves")} == {"fast", "wild", None}
    assert layout_of(page, "finals")["yaxis"]["ticktext"] == ["fast", "wild"]


def test_a_diverged_seed_leaves_the_curve_upwards_and_stands_at_the_edge(written: WrittenSweep, open_report: Opener):
    written.run("wild", 0, 0.1, diverged_at=450)
    written.run("wild", 1, 0.1)
    page = open_report(written)
    wild = next(trace for trace in traces_of(page, "curves") if trace["name"] == "wild")
    top = max(layout_of(page, "curves")["yaxis"]["range"])
    assert wild["y"][-1] > (10**top if layout_of(page, "curves")["yaxis"]["type"] == "log" else top)
    page.uncheck("#log")
    finite, lost, _ = traces_of(page, "finals")
    assert (finite["x"], lost["y"]) == ([0.1], ["wild"])
    assert 0.9 < lost["x"][0] < 1
    assert page.locator("#finals .textpoint text").all_text_contents() == ["true samples", "1"]


def test_the_best_seeds_edge_is_the_other_one_where_higher_is_better(written: WrittenSweep, open_report: Opener):
    written.run("wild", 0, 0.1, diverged_at=450)
    written.run("wild", 1, 0.1)
    page = open_report(written)
    page.select_option("#metric", "reach")
    for log in (True, False):
        page.set_checked("#log", log)
        wild = next(trace for trace in traces_of(page, "curves") if trace["name"] == "wild")
        bottom = min(layout_of(page, "curves")["yaxis"]["range"])
        assert wild["y"][-1] < (10**bottom if log else bottom)
        assert traces_of(page, "finals")[1]["x"][0] < 0.1


def test_hidden_rows_do_not_widen_the_axis(written: WrittenSweep, open_report: Opener):
    written.run("good", 0, 0.1)
    written.run("bad", 0, 100.0)
    page = open_report(written)
    page.uncheck("#log")
    assert max(layout_of(page, "curves")["yaxis"]["range"]) > 900
    page.locator("#legend button", has_text="bad").click()
    assert max(layout_of(page, "curves")["yaxis"]["range"]) < 2
    assert max(layout_of(page, "finals")["xaxis"]["range"]) < 2


def test_a_mark_says_which_row_and_value_it_is(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    page.evaluate("Plotly.Fx.hover('curves', [{curveNumber: 3, pointNumber: 0}])")
    assert "slow, step 100median 3.1" in (page.locator("#curves .hoverlayer").text_content() or "")


def test_each_seed_can_be_shown(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    before = len(traces_of(page, "curves"))
    page.check("#each-seed")
    assert len(traces_of(page, "curves")) == before + 9


@pytest.mark.parametrize("samples", ["line", "plane"])
def test_the_slider_goes_through_what_was_drawn(written: WrittenSweep, open_report: Opener, samples: str):
    written.run("a", 0, samples=samples)
    page = open_report(written)
    path = page.locator("#pictures path").first
    last = path.get_attribute("d")
    assert page.locator("#step-shown").inner_text() == "1,000"
    page.locator("#step").focus()
    page.keyboard.press("Home")
    assert page.locator("#step-shown").inner_text() == "100"
    assert path.get_attribute("d") != last
    page.keyboard.press("End")
    assert path.get_attribute("d") == last


def test_the_slider_goes_through_images(written: WrittenSweep, open_report: Opener):
    written.run("a", 0, samples="images")
    page = open_report(written)
    image = page.locator("#pictures img")
    sources = set()
    for step in range(10):
        page.locator("#step").fill(str(step))
        sources.add(image.get_attribute("src"))
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 35
    assert len(sources) == 10


def test_rows_without_pictures_are_counted(written: WrittenSweep, open_report: Opener):
    written.run("a", 0)
    written.run("b", 0, samples=None)
    page = open_report(written)
    assert page.locator("#pictures figure").count() == 1
    assert "1 of 2 rows have none" in page.locator("#sample-note").inner_text()


def test_another_seed_can_be_looked_at(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    page.select_option("#sample-seed", "2")
    captions = page.locator("#pictures figcaption span").all_inner_texts()
    assert captions == ["seed 2, step 1,000"] * 3


def test_diagnostics_of_the_chosen_row_are_drawn(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    page.locator("#training").scroll_into_view_if_needed()
    page.wait_for_selector("#panels .js-plotly-plot")
    page.select_option("#training-row", label="wild")
    drawn = "document.querySelector('#panels .chart')._fullData"
    losses = page.evaluate(f"{drawn}.map(({{y}}) => [y.length, Number(y[0].toFixed(4))])")
    assert losses == [[20, 1.4], [9, 1.4], [20, 1.4], [20, 0.7], [9, 1.7], [20, 2.7]]


def test_charts_follow_the_colour_scheme_when_it_changes(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows, scheme="dark")
    page_colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(page_colour), layout_of(page, "curves")["font"]["color"]
    page.emulate_media(color_scheme="light")
    page.wait_for_function("colour => document.getElementById('curves').layout.font.color !== colour", arg=dark[1])
    light = page.evaluate(page_colour), layout_of(page, "curves")["font"]["color"]
    assert brightness(dark[0]) < 0.2 < 0.8 < brightness(light[0])
    assert brightness(light[1]) < 0.2 < 0.8 < brightness(dark[1])


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(three_rows: WrittenSweep, open_report: Opener, width: int):
    three_rows.run("a-name-that-is-far-too-long-for-any-narrow-column-and-cannot-be-broken-well", 0)
    page = open_report(three_rows, width=width)
    page.locator("#training").scroll_into_view_if_needed()
    page.wait_for_selector("#panels .js-plotly-plot")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_names_are_text_wherever_they_stand(written: WrittenSweep, open_report: Opener):
    name = '<script>alert("x")</script><b>&amp;</b>'
    run_id = written.run(name, 0, dataset=f"data {name}", warnings=[f"a warning {name}"])
    page = open_report(written)
    page.on("dialog", lambda dialog: pytest.fail(f"a name ran as a script: {dialog.message}"))
    assert page.locator(".benchmark tbody td").first.inner_text() == name
    assert page.locator("#legend button").first.inner_text() == name
    assert page.locator("#pictures figcaption").inner_text().startswith(name)
    assert f"a warning {name}" in page.locator(".warnings").inner_text()
    assert run_id in page.locator(".warnings").inner_text()
    assert page.locator("#finals .ytick text").text_content() == name


def test_controls_have_names(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    unnamed = "[...document.querySelectorAll('select, input')].filter((one) => !one.labels.length).map((one) => one.id)"
    assert page.evaluate(unnamed) == []
    nameless = "[...document.querySelectorAll('button')].filter((one) => !one.textContent.trim() && !one.ariaLabel)"
    assert page.evaluate(f"{nameless}.map((one) => one.outerHTML)") == []


def test_on_paper_charts_fit_the_page(three_rows: WrittenSweep, open_report: Opener):
    page = open_report(three_rows)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_selector("#panels .js-plotly-plot")
    assert page.evaluate("document.querySelector('#curves .main-svg').getBoundingClientRect().width") < 700
    assert page.pdf(format="A4").startswith(b"%PDF")


def brightness(colour: str) -> float:
    """Of a colour as CSS writes it, from 0 to 1."""
    if colour.startswith("#"):
        parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    else:
        parts = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return math.fsum(parts) / (3 * 255)
