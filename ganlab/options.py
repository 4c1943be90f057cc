"""Typed options: what users write in YAML or on the command line, checked against a pydantic model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ganlab.errors import InputError
from ganlab.registry import did_you_mean


class Options(BaseModel):
    """Base of every options model: immutable, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], values: Mapping[str, Any], where: str) -> Model:
    """`values` as an instance of `model`.

    Args:
        model: the pydantic model that says which keys there are and what they hold.
        values: what the user wrote.
        where: the place, for the message: a file, or a file and a key.

    Raises:
        InputError: the first thing that is wrong, the key it stands under, and what would be right.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise InputError(f"{where}: {_first_fault(model, error)}") from None


def _first_fault(model: type[BaseModel], error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    path = [str(part) for part in fault["loc"]]
    key = ".".join(path)
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}'; {did_you_mean(path[-1], _keys_beside(model, path))}"
    if fault["type"] == "missing":
        return f"the key '{key}' is missing"
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if fault["type"] in ("value_error", "assertion_error"):
        return f"{key}: {message}" if key else message
    return f"'{key}' is {fault['input']!r}: {message[0].lower()}{message[1:]}"


def _keys_beside(model: type[BaseModel], path: list[str]) -> list[str]:
    """The keys that are known where the unknown one stands, following `path` through nested models."""
    for part in path[:-1]:
        if part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is or holds, such as that of ``tuple[Model, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
