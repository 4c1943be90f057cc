"""The options of a game or an augmentation, spelled out for its record, and as it is given them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganlab.options import Options, parse


def spelled_out(model: type[Options], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """All options of `model`, where a user wrote `values`; a default of 1 of a float is 1.0, as if it were written.

    Raises:
        InputError: an option is unknown or wrong.
    """
    everything: dict[str, Any] = parse(model, parse(model, values, where).model_dump(), where).model_dump(mode="json")
    return everything


class OwnOptions:
    """`options` without those that are floats, which are weights.

    Members of one population may differ in them, and it has one game. So what reads them here would give all members
    the number of the first.
    """

    def __init__(self, options: Options) -> None:
        self._options = options

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._options, name)
        if isinstance(value, float):
            raise AttributeError(
                f"the option '{name}' is a float, in which members of a population may differ: take it from "
                f"weights['{name}'], or declare it as another type"
            )
        return value
