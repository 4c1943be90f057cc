"""How the runs were set up and made: what all have in common, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganlab.results.runs import Run
from ganlab.results.table import Row, Table

NAMES = ("label", "dataset")
"""Settings that name a row and so say nothing more about it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings by name, in words.

    Attributes:
        common: those that all have alike.
        differing: the names of the others.
        each: what it is called, and its value of each of `differing`.
    """

    common: Mapping[str, str]
    differing: Sequence[str]
    each: Sequence[tuple[str, Sequence[str]]]


def settings_of_rows(table: Table) -> Settings:
    """The specs of the table's rows."""
    specs = {_name(row, table): {k: v for k, v in row.spec.items() if k not in NAMES} for row in table.rows}
    return _settings(specs)


def environments_of(runs: Sequence[Run]) -> Settings:
    """Versions and hardware of the runs that are done, as often as they differ, each with its number of runs."""
    counted: dict[str, tuple[Mapping[str, Any], int]] = {}
    for run in runs:
        if run.done:
            environment = {k: v for k, v in run.result.get("environment", {}).items() if k != "population"}
            known, count = counted.setdefault(repr(environment), (environment, 0))
            counted[repr(environment)] = (known, count + 1)
    return _settings(
        {f"{number}: {count} runs": known for number, (known, count) in enumerate(counted.values(), start=1)}
    )


def _settings(owners: Mapping[str, Mapping[str, Any]]) -> Settings:
    flat = {name: dict(_flat(values)) for name, values in owners.items()}
    names = list(dict.fromkeys(key for values in flat.values() for key in values))
    common = {name for name in names if len({values.get(name) for values in flat.values()}) == 1}
    differing = [name for name in names if name not in common]
    first = next(iter(flat.values()), {})
    return Settings(
        common={name: first[name] for name in names if name in common},
        differing=differing,
        each=[(owner, [values.get(name, "") for name in differing]) for owner, values in flat.items()],
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings with a dot a level, and their values in words; what is not set is left out."""
    flat: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{prefix}{key}.")
        elif value is not None:
            flat.append((f"{prefix}{key}", _words(value)))
    return flat


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _name(row: Row, table: Table) -> str:
    return f"{row.label} on {row.dataset}" if len(table.datasets) > 1 else row.label
