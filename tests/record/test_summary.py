"""What a run ended with: what is read is what was written, and anything else is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from records import SPEC, outcome, spec_file

from ganlab.errors import InputError
from ganlab.record import SpecFile, Summary, json_sha256
from ganlab.record.spec import REVISION
from ganlab.record.spec_file import OtherRevisionError


def record(**changes: Any) -> dict[str, Any]:
    """That of a summary, with its checksum."""
    whole = {**Summary.of(outcome(spec_file()), metrics_sha256="0").record(), **changes}
    del whole["sha256"]
    return {**whole, "sha256": json_sha256(whole)}


def refusal(content: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        Summary.read(json.loads(json.dumps(content)), "summary.json")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_read_from_a_file_is_written_alike():
    text = json.dumps(record())
    assert json.dumps(Summary.read(json.loads(text), "summary.json").record()) == text


def test_numbers_that_are_not_finite_are_none():
    ended = outcome(spec_file(), final={"w1": math.inf}, floors={"w1": math.nan})
    assert (ended.final, ended.floors) == ({"w1": None}, {"w1": None})


@pytest.mark.parametrize("key", [key for key in record() if not key.endswith("sha256")])
def test_a_summary_that_lacks_a_key_is_refused(key):
    whole = {name: value for name, value in record().items() if name not in ("sha256", key)}
    assert refusal({**whole, "sha256": json_sha256(whole)}) == f"summary.json: the key '{key}' is missing"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"status": "well"}, "'status' is 'well'; it must be 'finished' or 'diverged'"),
        ({"best": {"w1": 1.0}}, "'best.w1' is 1.0; it must be keys with values"),
        ({"cost": {"train_seconds": None, "evaluation_seconds": 1.0, "samples_seen": 1}}, "'cost.train_seconds' is"),
        ({"gpu": "none"}, "unknown key 'gpu'"),
    ],
)
def test_a_summary_of_another_shape_is_refused(changes, fault):
    assert refusal(record(**changes)).startswith(f"summary.json: {fault}")


def test_a_summary_that_is_not_as_it_was_written_is_refused():
    assert "its checksum differs" in refusal({**record(), "status": "diverged"})


@pytest.mark.parametrize("revision", [REVISION - 1, REVISION + 1, None, "2"])
def test_a_spec_of_another_revision_is_refused(revision):
    with pytest.raises(OtherRevisionError, match=rf"^spec\.json was made by revision {revision} of ganlab's training"):
        SpecFile.read({**SPEC, "revision": revision}, "spec.json")


@pytest.mark.parametrize("key", ["id", "sweep", "label", "steps"])
def test_a_spec_that_lacks_a_key_is_refused(key):
    with pytest.raises(InputError, match=rf"^spec\.json: the key '{key}' is missing$"):
        SpecFile.read({name: value for name, value in SPEC.items() if name != key}, "spec.json")


def test_a_spec_file_is_read_as_it_was_written():
    one = spec_file()
    assert SpecFile.read(json.loads(json.dumps(one.record())), "spec.json") == one
