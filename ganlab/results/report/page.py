"""The report: one HTML file that holds all it shows and fetches nothing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ganlab import __version__
from ganlab.extras import needed_for
from ganlab.record.files import for_shell, to_json
from ganlab.results.colours import style_of, styles_of
from ganlab.results.methods import methods
from ganlab.results.rendering.notes import notes
from ganlab.results.rendering.numbers import p_value
from ganlab.results.report.benchmark import benchmark, comparison_line, shown_comparisons
from ganlab.results.report.cached_runs import MOST_DIAGNOSTICS, drawn_alone, with_cached_rows
from ganlab.results.report.costs import costs_of, duration
from ganlab.results.report.curves_chart import MOST_EVALUATIONS
from ganlab.results.report.metrics import metrics_of
from ganlab.results.report.ranks import ranks_over_datasets
from ganlab.results.report.samples import pictures_of
from ganlab.results.report.settings import environments_of, settings_of_rows
from ganlab.results.report.training import diagnostics_of, last_step, panels_of, warnings_of
from ganlab.results.runs import Run
from ganlab.results.table import build, labelled_as_in
from ganlab.text import counted

ASSETS = files("ganlab.results.report") / "assets"
SHEETS = ("page.css", "tables.css", "controls.css", "figures.css", "print.css")
SCRIPTS = (
    *("page.js", "sorting.js", "charts.js"),
    *("metrics.js", "samples.js", "training.js"),
)
"""In this order, for later ones use what earlier ones define."""


def report(runs: Sequence[Run], sources: Sequence[str], metrics: Sequence[str] | None = None) -> str:
    """The report on `runs`, an HTML page.

    Args:
        runs: as `sources.read_runs` gives them.
        sources: how a command line names them, such as ``["wandb:me/gans", "--filter", "sweep=a"]``.
        metrics: the columns of the table, as in `table.build`.

    Raises:
        InputError: there is no table of these runs, a record of a run is broken, or plotly is not installed.
    """
    with needed_for("the report"):
        from plotly.offline import get_plotlyjs
    alone = drawn_alone(runs)
    cached = with_cached_rows(runs, alone)
    table = build(cached, metrics)
    known = labelled_as_in(table, cached)
    shown = [run for run in known if run.id in alone]
    pictures = pictures_of(known, table)
    styles = styles_of(table)
    panels = panels_of(shown)
    data = {
        "rows": [{"label": row.label, "dataset": row.dataset} for row in table.rows],
        "metrics": metrics_of(known, table, styles, alone),
        "pictures": pictures,
        "diagnostics": diagnostics_of(shown, table, panels),
    }
    return (
        _templates()
        .get_template("page.html")
        .render(
            title=", ".join(dict.fromkeys(run.sweep for run in runs)),
            version=__version__,
            runs=known,
            table=table,
            alone=len(alone),
            most_evaluations=MOST_EVALUATIONS,
            most_diagnostics=MOST_DIAGNOSTICS,
            benchmark=benchmark(table),
            notes=notes(table),
            ranks=ranks_over_datasets(table),
            comparisons=[(one, comparison_line(one)) for one in shown_comparisons(table)],
            pictures=pictures,
            styles=styles,
            panels={
                title: [(called, style_of(index)) for index, called in enumerate(names.values())]
                for title, names in panels.items()
            },
            warnings=warnings_of(known),
            diverged=[(run, (run.diverged_at, run.spec.steps)) for run in known if run.diverged],
            unfinished=[(run, (last_step(run), run.spec.steps)) for run in known if not run.done],
            statuses=[(run, (run.result.status if run.done else "not done",)) for run in known],
            methods=methods(known, table).split("\n\n"),
            settings=settings_of_rows(table),
            environments=environments_of(known),
            costs=costs_of(table, known),
            commands=_commands(known, sources, metrics),
            sheets=[Markup((ASSETS / name).read_text("utf-8")) for name in SHEETS],
            scripts=[Markup((ASSETS / name).read_text("utf-8")) for name in SCRIPTS],
            plotly=Markup(get_plotlyjs()),
            data=Markup(_for_script(data)),
        )
    )


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("ganlab.results.report", "assets"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["breakable"] = _breakable
    environment.filters["counted"] = counted
    environment.filters["duration"] = duration
    environment.filters["p_value"] = p_value
    return environment


def _commands(runs: Sequence[Run], sources: Sequence[str], metrics: Sequence[str] | None) -> list[tuple[str, str]]:
    """What each command does, and the command."""
    places = " ".join(map(shlex.quote, sources))
    files_of_sweeps = {run.sweep: shlex.quote(f"{run.sweep}.yaml") for run in runs}
    columns = f" --metrics {shlex.quote(','.join(metrics))}" if metrics else ""
    return [
        ("One run again, and whether it has the same bits", f"ganlab reproduce {_place_of(runs[0])}"),
        *(
            (f"The sweep {sweep} again, from its file; what is done here is not done again", f"ganlab sweep {file}")
            for sweep, file in files_of_sweeps.items()
        ),
        ("The table again", f"ganlab table {places}{columns}"),
        ("This report again", f"ganlab report {places}{columns} -o report.html"),
        ("What to cite, with an archive that others can verify", f"ganlab cite {places}{columns} -o archive.zip"),
    ]


def _place_of(run: Run) -> str:
    return shlex.quote(run.id) if run.origin.folder is None else for_shell(run.origin.folder)


def _breakable(name: str) -> Markup:
    """A dotted name that may be broken between its parts."""
    return Markup("{}").format(name).replace(".", Markup(".<wbr>")).replace("_", Markup("_<wbr>"))


def _for_script(value: Any) -> str:
    """`value` as JSON that can stand inside a script element: nothing in it can end the element."""
    return to_json(value).replace("<", "\\u003c")
