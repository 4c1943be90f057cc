"""Settings that are searched, by their dotted names: which there are, and as a row of a sweep file has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganlab.errors import InputError
from ganlab.record.settings import is_set_to, values_of
from ganlab.record.spec import RunSpec
from ganlab.registry import did_you_mean
from ganlab.sweeps.keys import merge
from ganlab.sweeps.settings import FIELDS

NOT_SEARCHED = {
    "steps": "the budget sets it",
    "ema": "it is part of how a run is measured, and all rows are measured alike",
    "evaluation": "it is how a run is measured, and all rows are measured alike",
    "evaluators": "they are how a run is measured, and all rows are measured alike",
    "primary": "it is by what rows are compared, and all are compared alike",
    "log_every": "it changes no result",
}
"""Settings that are the same for all trials, and why."""


def searched_values(spec: RunSpec, name: str) -> list[Any]:
    """`values_of` a setting `name` that can be searched.

    Raises:
        InputError: no row of any sweep has a setting of that name, or it is one that is not searched.
    """
    first = name.partition(".")[0]
    if first in NOT_SEARCHED:
        raise InputError(f"search.space: '{name}' cannot be searched: {NOT_SEARCHED[first]}")
    if name.startswith("schedules.ema."):
        raise InputError(f"search.space: '{name}' cannot be searched: {NOT_SEARCHED['ema']}")
    if first not in ("optimizer", *FIELDS):
        raise InputError(f"search.space: unknown setting '{name}'; {did_you_mean(first, ['optimizer', *FIELDS])}")
    return values_of(spec, name)


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` as keys of a row: ``{"a.b": 1}`` as ``{"a": {"b": 1}}``."""
    keys: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, str) and any(other.startswith(f"{name}.") for other in settings):
            value = {"name": value}  # or what is set of it would replace it
        for part in reversed(name.split(".")):
            value = {part: value}
        keys = merge(keys, value)
    return keys


def require_effect(spec: RunSpec, settings: Mapping[str, Any], row: str) -> None:
    """Check that `spec`, of a trial of `row`, has the `settings` of the trial.

    Raises:
        InputError: another setting of the row or of the sweep is in the place of one of them.
    """
    for name, value in settings.items():
        for found in searched_values(spec, name):
            if not is_set_to(found, value):
                raise InputError(
                    f"search.space: '{name}' has no effect in '{row}', which has {found!r} where the trial says "
                    f"{value!r}: a more specific setting is in its place; search that one, or remove it"
                )
