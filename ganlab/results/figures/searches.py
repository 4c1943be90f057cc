"""Performance against budget: the best of so many trials of a search, in a band that holds it in 95 of 100 cases."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ganlab.errors import InputError
from ganlab.record.search import RowSearch
from ganlab.results.colours import styles_of
from ganlab.results.curves import Curve
from ganlab.results.figures.curves import PANEL_HEIGHT, draw_panel, line_of
from ganlab.results.figures.panel import shown, title_of
from ganlab.results.figures.sheet import add_legend, new_sheet
from ganlab.results.rendering.grid import ARROWS
from ganlab.results.search import best_of
from ganlab.results.table import Table


def draw_searches(table: Table) -> Figure:
    """A panel for each data set, with a curve for each row that was searched.

    Raises:
        InputError: no row was.
    """
    rows = [row for row in table.rows if row.search]
    if not rows:
        raise InputError("the settings of these rows were not searched; sweep files say how under 'search'")
    panels = [(one, group) for one in table.datasets if (group := [row for row in rows if row.dataset == one])]
    styles = styles_of(table)
    figure, all_axes = new_sheet(len(panels), 1, PANEL_HEIGHT)
    for axes, (dataset, group) in zip(all_axes, panels, strict=True):
        searches = [row.search for row in group if row.search]
        metric, better = searches[0].metric, searches[0].better
        expected = is_expected(searches)
        name = f"{'expected' if expected else 'median'} best {metric} {ARROWS[better]}"
        axes.set(xlabel="trials", ylabel=name, title=title_of(dataset, table))
        curves = [_curve(row.label, search, expected) for row, search in zip(group, searches, strict=True)]
        draw_panel(axes, curves, styles, table.floors(dataset).get(metric))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    labels = dict.fromkeys(row.label for row in rows)
    add_legend(figure, [Line2D([], [], label=shown(label), **line_of(styles[label])) for label in labels])
    return figure


def is_expected(searches: Sequence[RowSearch]) -> bool:
    """Whether the lines are expected values, and not medians, which are drawn where those are infinite."""
    return all(math.isfinite(search.score(trial)) for search in searches for trial in search.finished)


def _curve(label: str, search: RowSearch, expected: bool) -> Curve:
    done = sum(trial.done for trial in search.trials)
    points = [best_of(search, count) for count in range(1, done + 1)]
    values = [one.expected if expected else one.median for one in points]
    return Curve(
        label=label,
        dataset=search.dataset,
        metric=search.metric,
        steps=[one.trials for one in points],
        median=values,
        low=[value if one.low is None else one.low for one, value in zip(points, values, strict=True)],
        high=[value if one.high is None else one.high for one, value in zip(points, values, strict=True)],
        n=[one.trials for one in points],
        members={},
    )
