"""The settings of sweep files, derived from the fields of a run's spec.

A key means what `RunSpec` says of the field of its name, and several layers may set it: in `resolve`, those of a row
override those of the sweep. So what is a model in the spec may be set in part (``evaluation: {every: 100}``), as may
what is chosen by name from a registry (``builder: {widths: [64]}``, ``optimizer: {lr: 1e-3}``); a bare name is one
without options. Where the spec may have None, ``none`` asks for it. `optimizer` is the only key without a field: it
applies to both players, and each player's own overrides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, create_model

from ganlab.options import Options
from ganlab.record.optimizers import OptimizerSettings
from ganlab.record.spec import NOT_SET_BY_SWEEPS, Choice, RunSpec

FIELDS = {
    name: annotation
    for name, annotation in get_type_hints(RunSpec, include_extras=True).items()
    if name in RunSpec.model_fields and name not in NOT_SET_BY_SWEEPS
}
"""The type of each field of a spec that a sweep sets."""

MAY_BE_NONE = {name for name, annotation in FIELDS.items() if type(None) in get_args(annotation)}


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Chosen = Annotated[Mapping[str, Any], BeforeValidator(_named)]
"""A name and options, or some of them."""


def _asked(annotation: Any) -> Any:
    """The type of a setting, of which the spec has `annotation`."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = [_asked(kind) for kind in get_args(annotation) if kind is not type(None)]
        return Union[(*kinds, Literal["none"])] if Chosen not in kinds else Chosen
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return annotation
    return Chosen if issubclass(kind, Choice | OptimizerSettings) else _in_part(kind)


@cache
def _in_part(model: type[BaseModel]) -> type[BaseModel]:
    """`model` with all keys optional."""
    hints = get_type_hints(model, include_extras=True)
    fields: dict[str, Any] = {name: (_asked(hints[name]) | None, None) for name in model.model_fields}
    return create_model(model.__name__, __base__=Options, **fields)


if TYPE_CHECKING:

    class Settings(Options):
        """What a sweep sets for all of its variants and each of them may override; None is not set."""

else:
    Settings = create_model(
        "Settings",
        __base__=Options,
        optimizer=(Chosen | None, None),
        **{name: (_asked(annotation) | None, None) for name, annotation in FIELDS.items()},
    )


def given(settings: BaseModel) -> dict[str, Any]:
    """What is set of `settings`, that of its models in turn by their keys."""
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    return {
        name: given(value) if isinstance(value, BaseModel) else value
        for name, value in values.items()
        if value is not None
    }
