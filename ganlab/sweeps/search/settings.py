"""Settings by their dotted names: where they stand in a run's spec, and as a row of a sweep file has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ganlab.errors import InputError
from ganlab.record.spec import Choice, RunSpec
from ganlab.registry import did_you_mean
from ganlab.sweeps.keys import merge
from ganlab.sweeps.settings import FIELDS, NONE

NOT_SEARCHED = {
    "steps": "the budget sets it",
    "ema": "it is part of how a run is measured, and all rows are measured alike",
    "evaluation": "it is how a run is measured, and all rows are measured alike",
    "evaluators": "they are how a run is measured, and all rows are measured alike",
    "log_every": "it changes no result",
}
"""Settings that are the same for all trials, and why."""

PLAYERS = ("discriminator_optimizer", "generator_optimizer")
ABSENT = object()


def values_at(spec: RunSpec, name: str) -> list[Any]:
    """What `spec` has of the setting `name`: that of each player under ``optimizer``; `ABSENT` where there is none.

    Raises:
        InputError: no row of any sweep has a setting of that name, or it is one that is not searched.
    """
    first, *rest = name.split(".")
    if first in NOT_SEARCHED:
        raise InputError(f"search.space: '{name}' cannot be searched: {NOT_SEARCHED[first]}")
    if name.startswith("schedules.ema."):
        raise InputError(f"search.space: '{name}' cannot be searched: {NOT_SEARCHED['ema']}")
    if first == "optimizer":
        return [_within(getattr(spec, player), rest) for player in PLAYERS]
    if first not in FIELDS:
        raise InputError(f"search.space: unknown setting '{name}'; {did_you_mean(first, ['optimizer', *FIELDS])}")
    return [_within(getattr(spec, first), rest)]


def _within(value: Any, names: list[str]) -> Any:
    for name in names:
        if isinstance(value, Choice):
            value = {"name": value.name, **value.options}
        if isinstance(value, BaseModel):
            value = getattr(value, name, ABSENT) if name in type(value).model_fields else ABSENT
        else:
            value = value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT
    return value


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
        for found in values_at(spec, name):
            if not _is(found, value):
                raise InputError(
                    f"search.space: '{name}' has no effect in '{row}', which has {found!r} where the trial says "
                    f"{value!r}: a more specific setting is in its place; search that one, or remove it"
                )


def _is(found: Any, asked: Any) -> bool:
    """Whether a setting has the value that was asked for; a weight of 0 is no weight, `none` is None."""
    if found is ABSENT:
        return bool(asked == 0)
    if isinstance(asked, Mapping):
        return all(_is(_within(found, [name]), value) for name, value in asked.items())
    if found is None:
        return asked in (None, NONE)
    if isinstance(found, BaseModel):  # what is chosen by name has options that `asked` leaves as they are
        return isinstance(asked, str) and getattr(found, "name", None) == asked
    if isinstance(found, list | tuple):
        return list(found) == list(asked) if isinstance(asked, list | tuple) else False
    return bool(found == asked)
