"""``spec.json``, and which of them this ganlab reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganlab.errors import InputError
from ganlab.options import Options, parse
from ganlab.record.optimizers import OPTIMIZERS
from ganlab.record.spec import REVISION, SEEDS, RunSpec

SCHEMA_VERSION = 1
"""Incremented whenever the files of a run directory change so that what reads the old ones cannot read the new ones."""

MOST_ROWS_KEPT = 256


class OtherRevisionError(InputError):
    """A run was made by another revision of training than this one, or recorded by a later version of ganlab."""


class SpecFile(Options):
    """``spec.json``: what a run is.

    Attributes:
        id: of the run, whose directory is named after it.
        sweep: the name of the sweep that the run belongs to.
        schema_version: of the files of the run directory.
        spec: all that determines the run's result; in the file, its keys are on the same level as the others.
    """

    schema_version: int
    id: str
    sweep: str
    spec: RunSpec

    @classmethod
    def of(cls, spec: RunSpec, sweep: str) -> SpecFile:
        """The content for the run that `spec` describes."""
        return cls(schema_version=SCHEMA_VERSION, id=spec.id, sweep=sweep, spec=spec)

    @classmethod
    def read(cls, record: Mapping[str, Any], where: str) -> SpecFile:
        """The content of the file, or of the source that `where` names.

        Raises:
            OtherRevisionError: it is of another revision, or of a later schema.
            InputError: it is not the description of a run.
        """
        version = record.get("schema_version")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise OtherRevisionError(
                f"{where} was recorded by a later version of ganlab (schema {version}, and this one reads those up to "
                f"{SCHEMA_VERSION}); install that version, or a later one"
            )
        revision = record.get("revision")
        if revision != REVISION:
            raise OtherRevisionError(
                f"{where} was made by revision {revision} of ganlab's training and this is revision {REVISION}, which "
                "reads no other; install the ganlab that its summary.json names, or remove the run to train it anew"
            )
        heading = {name: record[name] for name in ("schema_version", "id", "sweep") if name in record}
        spec = _parse_spec({name: value for name, value in record.items() if name not in heading}, where)
        return parse(cls, {**heading, "spec": spec}, where)

    def record(self) -> dict[str, Any]:
        """The content of the file."""
        return {"schema_version": self.schema_version, "id": self.id, "sweep": self.sweep, **self.spec.record()}


_of_rows: dict[tuple[str, ...], RunSpec] = {}


def _parse_spec(values: Mapping[str, Any], where: str) -> RunSpec:
    """`values` as a spec; those that differ in their seed alone are parsed once.

    Raises:
        InputError: they are not a spec.
    """
    seed = values.get("seed")
    if type(seed) is not int or not 0 <= seed < SEEDS:
        return parse(RunSpec, values, where)
    row = (repr({name: value for name, value in values.items() if name != "seed"}), *OPTIMIZERS.names)
    known = _of_rows.get(row)
    if known is None:
        if len(_of_rows) == MOST_ROWS_KEPT:
            _of_rows.clear()
        known = _of_rows[row] = parse(RunSpec, values, where)
    return known.model_copy(update={"seed": seed})
