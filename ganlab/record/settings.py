"""Settings of a run by the dotted names that sweep files have for them, such as ``optimizer.lr``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ganlab.record.spec import Choice, RunSpec

NONE = "none"
"""Asks in a sweep file for None."""

PLAYERS = ("discriminator_optimizer", "generator_optimizer")
ABSENT = object()


def values_of(spec: RunSpec, name: str) -> list[Any]:
    """What `spec` has of the setting `name`: that of each player under ``optimizer``; `ABSENT` where there is none."""
    first, *rest = name.split(".")
    return [_within(spec, [field, *rest]) for field in (PLAYERS if first == "optimizer" else (first,))]


def is_set_to(found: Any, asked: Any) -> bool:
    """Whether a setting that is `found` has the value that was asked for; a weight of 0 is no weight."""
    if found is ABSENT:
        return bool(asked == 0)
    if isinstance(asked, Mapping):
        return all(is_set_to(_within(found, [name]), value) for name, value in asked.items())
    if found is None:
        return asked in (None, NONE)
    if isinstance(found, BaseModel):  # what is chosen by name has options that `asked` leaves as they are
        return isinstance(asked, str) and getattr(found, "name", None) == asked
    if isinstance(found, list | tuple):
        return list(found) == list(asked) if isinstance(asked, list | tuple) else False
    return bool(found == asked)


def _within(value: Any, names: list[str]) -> Any:
    for name in names:
        if isinstance(value, Choice):
            value = {"name": value.name, **value.options}
        if isinstance(value, BaseModel):
            value = getattr(value, name, ABSENT) if name in type(value).model_fields else ABSENT
        else:
            value = value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT
    return value
