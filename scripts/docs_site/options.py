"""Tables of options, from pydantic models and their docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from griffe import Docstring, DocstringSection, DocstringSectionKind
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs_site.markdown import code, table

BOUNDS = {"minimum": "≥ {:,}", "exclusiveMinimum": "> {:,}", "maximum": "≤ {:,}", "exclusiveMaximum": "< {:,}"}
HEADING = ["key", "type", "default", "meaning"]

ENDLESS = 2**53
"""Bounds from here on are those of the machine, not of the setting."""


def options_table(model: type[BaseModel]) -> str:
    """What the docstring of `model` says, and its fields with types, defaults and meanings; "" if it has none.

    A field called ``name`` is left out: it says which model it is.
    """
    meanings = attributes(model)
    rows = [
        [code(name), type_in_words(model, name), default_in_words(field), meanings.get(name, "")]
        for name, field in model.model_fields.items()
        if name != "name"
    ]
    if not rows:
        return ""
    columns = len(HEADING) if any(row[-1] for row in rows) else len(HEADING) - 1
    shown = table(HEADING[:columns], (row[:columns] for row in rows))
    return f"{_introduction(model)}\n\n{shown}".lstrip()


def _introduction(model: type[BaseModel]) -> str:
    """The text of the docstring, unless it only says whose options these are."""
    text = "\n\n".join(one.value for one in _sections(model) if one.kind is DocstringSectionKind.text)
    return "" if text.startswith("Options of") else text


@cache
def attributes(model: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of `model` and of its bases say of each attribute."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            for section in _sections(one):
                if section.kind is DocstringSectionKind.attributes:
                    found |= {entry.name: " ".join(entry.description.split()) for entry in section.value}
    return found


def _sections(model: type[BaseModel]) -> list[DocstringSection]:
    """The parts of a model's own docstring."""
    return Docstring(inspect.cleandoc(model.__dict__.get("__doc__") or "")).parse("google", warnings=False)


def type_in_words(model: type[BaseModel], name: str) -> str:
    """The type of a field with its bounds."""
    schema = model.model_json_schema()
    return _words(schema["properties"][name], schema.get("$defs", {}))


def default_in_words(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return value_in_words(field.get_default(call_default_factory=True))


def value_in_words(value: Any) -> str:
    """A value as YAML writes it."""
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    text = yaml.safe_dump(list(value) if isinstance(value, tuple) else value, default_flow_style=True, width=1_000)
    return code(text.removesuffix("...\n").strip())


def _words(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _words(models[schema["$ref"].rpartition("/")[2]], models)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_words(one, models) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return ", ".join(code(value) for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "any")
    if kind == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        return f"list of {_words(items[0], models)}"
    if kind == "object" and "name" in schema.get("properties", {}):
        return "a name, or keys with `name`"
    if kind == "object" and "properties" in schema:
        return "keys " + ", ".join(code(name) for name in schema["properties"])
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"keys with values {_words(values, models)}" if isinstance(values, dict) else "keys with values"
    names = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "null": "none"}
    bounds = [text.format(schema[key]) for key, text in BOUNDS.items() if abs(schema.get(key, ENDLESS)) < ENDLESS]
    return " ".join([names.get(kind, kind), ", ".join(bounds)]).strip()
