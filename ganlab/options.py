"""Typed options: what users write in YAML or on the command line, checked against a pydantic model."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, Strict, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, ErrorDetails
from pydantic_core.core_schema import no_info_wrap_validator_function

from ganlab.errors import InputError
from ganlab.registry import did_you_mean

Item = TypeVar("Item")
ListOf = Annotated[tuple[Item, ...], Strict(False)]
"""A list in YAML or JSON; its items are as strict as everything else."""


class _Shared:
    def __get_pydantic_core_schema__(self, model: Any, schema_of: GetCoreSchemaHandler) -> CoreSchema:
        known: WeakValueDictionary[str, BaseModel] = WeakValueDictionary()

        def parse_once(value: Any, parsed: ValidatorFunctionWrapHandler) -> Any:
            if type(value) is not dict:
                return parsed(value)
            key = repr(value)
            found = known.get(key)
            if found is None:
                found = known[key] = parsed(value)
            return found

        return no_info_wrap_validator_function(parse_once, schema_of(model))


Shared = Annotated[Item, _Shared()]
"""An immutable model that many records hold alike: equal keys and values are parsed once and are one object.

What they are parsed to must not change while the process runs, as what a registry has under a name may.
"""

UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""Types of pydantic's error where a model, or a dataclass, has no such key."""

LONGEST_VALUE = 80
"""Characters of a wrong value that a message shows."""

KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "mapping_type": "keys with values",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "is_instance_of": "keys with values",
    "dataclass_type": "keys with values",
}
"""What is wanted, by the type of pydantic's error."""


class Options(BaseModel):
    """Base of every options model: immutable, nothing is converted to another type, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def record(self) -> dict[str, Any]:
        """The content as stored in files."""
        return self.model_dump(mode="json")


Model = TypeVar("Model", bound=BaseModel)

_sets_of_fields: dict[frozenset[str], set[str]] = {}


def with_shared_names(model: Model) -> Model:
    """`model`, which nobody changes, with pydantic's set of the names that were given shared by all that have the same.

    The set takes 2 KB of a model with 20 fields, where there may be thousands.
    """
    names = model.model_fields_set
    object.__setattr__(model, "__pydantic_fields_set__", _sets_of_fields.setdefault(frozenset(names), names))
    return model


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
    except UnicodeEncodeError as error:
        half = f"U+{ord(error.object[error.start]):04X}"
        raise InputError(f"{where}: a text holds {half}, half a character; write the whole one") from None


def _first_fault(model: type[BaseModel], error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    fault = faults[0]
    path = _path(model, fault)
    key = ".".join(path)
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}'; {did_you_mean(path[-1], _keys_beside(model, path))}"
    if fault["type"] == "unexpected_keyword_argument":
        return f"unknown key '{key}'"
    if fault["type"] == "missing":
        return f"the key '{key}' is missing"
    if fault["loc"][-1:] == ("[key]",):
        return f"'{'.'.join(path[:-1])}' has the key {shown(fault['input'])}; keys are names"
    if fault["type"] == "invalid_key":
        return f"a key is {shown(fault['input'])}; keys are names"
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if fault["type"] in ("value_error", "assertion_error"):
        return f"{key}: {message}" if key else message
    wanted = list(dict.fromkeys(_wanted(one) for one in faults if _path(model, one) == path))
    if all(wanted):
        wish = f"; it must be {' or '.join(wanted)}{_hint(fault['input'], wanted)}"
    else:
        wish = f": {message[0].lower()}{message[1:]}"
    return f"'{key}' is {shown(fault['input'])}{wish}"


def _wanted(fault: ErrorDetails) -> str:
    """The kind of value that would be right, "" if the fault is of another sort."""
    if fault["type"] == "literal_error":
        return str(fault["ctx"]["expected"])
    if fault["type"] == "too_short":
        return f"a list of at least {fault['ctx']['min_length']}"
    return KINDS.get(fault["type"], "")


def _hint(value: Any, wanted: Sequence[str]) -> str:
    text_is_right = "a text" in wanted
    if isinstance(value, bool):
        quotes = "; put the word in quotes if it is a name" if text_is_right else ""
        return f" (YAML reads yes, on and true as true, no, off and false as false{quotes})"
    if isinstance(value, int | float) and text_is_right:
        return f'; put it in quotes: "{shown(value)}", and in a shell \'"{shown(value)}"\''
    return ""


def shown(value: Any) -> str:
    """`value` as a message shows it: as YAML writes it, and cut short."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "empty"}[value]
    text = _SHORT.repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


class _Short(reprlib.Repr):
    """Looks at no more of a value than a message shows, however much it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = 20
        self.maxstring = self.maxother = 2 * LONGEST_VALUE

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if x.bit_length() <= 4 * LONGEST_VALUE else f"an integer of {x.bit_length():,} bits"


_SHORT = _Short()


def _path(model: type[BaseModel], fault: ErrorDetails) -> list[str]:
    """The keys and positions that lead to a fault; pydantic's also names the members of unions on the way."""
    annotation: Any = model
    path = []
    last = len(fault["loc"]) - 1
    for position, part in enumerate(fault["loc"]):
        inner = _inside(annotation, part)
        if inner is None and not (position == last and fault["type"] in UNKNOWN):
            continue
        path.append(str(part))
        annotation = inner
    return path


def _inside(annotation: Any, part: int | str) -> Any:
    """The type of what stands under `part` in a value of the type `annotation`; None if nothing can stand there."""
    if isinstance(part, int):
        return annotation
    if is_dataclass(annotation):
        return get_type_hints(annotation).get(part)
    for model in _models_in(annotation):
        if part in model.model_fields:
            return model.model_fields[part].annotation
    return next(_values_in(annotation), None) if part != "[key]" else None


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


def _values_in(annotation: Any) -> Iterator[Any]:
    """The types of the values of the mappings that a type is or holds."""
    if get_origin(annotation) is Mapping:
        yield get_args(annotation)[1]
    for part in get_args(annotation):
        yield from _values_in(part)
