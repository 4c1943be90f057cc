"""Files of any content: what reads them raises the error that it declares, and no other.

Each test tries a few hundred inputs. The long form tries as many as one asks for::

    GANLAB_FUZZ=100000 pytest -o timeout=0 tests/test_fuzzing.py
"""

from __future__ import annotations

import contextlib
import json
import os
import warnings
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import outcome, spec_file

from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record import RunDirectory, SpecFile, Summary
from ganlab.record.files import json_sha256, read_json
from ganlab.record.json_text import parse_object
from ganlab.record.rows import RowReader
from ganlab.record.summary import Environments
from ganlab.record.sweep_index import SweepIndex
from ganlab.results import read_runs
from ganlab.results.archive import verify, write_archive
from ganlab.sweeps.schema import load_sweep
from ganlab.sweeps.yaml_loader import parse_yaml

EXAMPLES = int(os.environ.get("GANLAB_FUZZ", "300"))
SPEC = spec_file()
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

TEXTS = st.text(max_size=8) | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Lu"]), max_size=3)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.integers(10**300, 10**400))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
KEYS = ["name", "data", "variants", "seeds", "steps", "optimizer", "evaluation", "builder", "extends", "plugins", "x-a"]
TOKENS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ": ",
    "- ",
    "? ",
    "\n",
    "  ",
    "&a ",
    "*a",
    "!!int ",
    "!!set ",
    "<<: ",
    "'",
    '"',
    "|",
    "#",
    "%",
    "0x",
    "1e9",
    ".nan",
]


def declared(call: Callable[[], Any]) -> None:
    """Make the call, which may raise an InputError."""
    with contextlib.suppress(InputError):
        call()


def changed(record: Any, draw: Callable[[Any], Any]) -> Any:
    """`record` with something in it replaced, removed, or added."""
    value = json.loads(json.dumps(record))
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return value
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            place = inner
            continue
        kind = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if kind == "replace":
            place[key] = draw(VALUES)
        elif kind == "remove":
            del place[key]
        elif isinstance(place, dict):
            place[draw(st.text(max_size=5))] = draw(VALUES)
        else:
            place.append(draw(VALUES))
        return value


@fuzzed
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(TOKENS + KEYS) | st.text(max_size=4), max_size=25).map("".join),
        st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6).map(lambda value: json.dumps(value)),
    )
)
def test_the_yaml_loader(text: str) -> None:
    declared(lambda: parse_yaml(text, "here"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


SWEEP = {
    "name": "s",
    "data": {"name": "gaussian"},
    "variants": ["vanilla"],
    "seeds": [0],
    "steps": 4,
    "evaluation": {"every": 2, "samples": 100},
    "builder": {"name": "mlp", "widths": [4]},
    "optimizer": {"lr": 0.1},
}


@fuzzed
@given(st.data())
def test_sweep_files(place: Path, data: st.DataObject) -> None:
    file = place / "s.yaml"
    file.write_bytes(json.dumps(changed(SWEEP, data.draw)).encode(errors="surrogatepass"))
    declared(lambda: load_sweep(file))


ROWS = b'{"global_step": 1, "w1": 0.5}\n{"global_step": 2, "w1": null}\n'


@fuzzed
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(VALUES.map(lambda value: json.dumps(value).encode()), max_size=4).map(b"\n".join),
        st.dictionaries(st.sampled_from(["global_step", "w1"]), VALUES).map(lambda row: json.dumps(row).encode()),
    ),
    st.integers(0, len(ROWS)),
)
def test_the_row_reader(place: Path, odd: bytes, at: int) -> None:
    file = place / "metrics.jsonl"
    file.write_bytes(ROWS[:at] + odd + b"\n" + ROWS[at:])
    declared(RowReader(file).new)


SUMMARY = Summary.of(outcome(SPEC), json_sha256([])).record()
ENVIRONMENTS = {"environments": SUMMARY["environments"]}
INDEX = {"signature": "0", "runs": ["a", "b"]}


def _summary(record: dict[str, Any]) -> Summary:
    """With the checksum that the record has, as one who forges it would write it."""
    whole = {key: value for key, value in record.items() if key != "sha256"}
    return Summary.read({**whole, "sha256": json_sha256(whole)}, "summary.json")


@fuzzed
@given(st.data())
def test_the_record_models(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["spec", "summary", "environments", "index"]))
    whole = {"spec": SPEC.record(), "summary": SUMMARY, "environments": ENVIRONMENTS, "index": INDEX}[kind]
    content = json.dumps(changed(whole, data.draw)).encode()
    read: dict[str, Callable[[dict[str, Any]], Any]] = {
        "spec": lambda record: SpecFile.read(record, "spec.json").spec.sha256,
        "summary": _summary,
        "environments": lambda record: parse(Environments, record, "environments.json"),
        "index": lambda record: parse(SweepIndex, record, "sweep.json"),
    }
    declared(lambda: read[kind](parse_object(content, "record", "restore it")))


@fuzzed
@given(st.binary(max_size=80))
def test_json_of_any_bytes(place: Path, content: bytes) -> None:
    file = place / "any.json"
    file.write_bytes(content)
    declared(lambda: read_json(file))


@pytest.fixture(scope="module")
def members(place: Path) -> dict[str, bytes]:
    """The files of a good archive."""
    sweep = place / "gaussian_1d"
    for seed in (0, 1):
        spec = spec_file(seed=seed, id=spec_file(seed=seed).spec.id)
        with RunDirectory(sweep / spec.id).open(spec) as run:
            run.log({"global_step": 2000, "eval/w1": 0.125, "train_seconds": 2.0, "evaluation_seconds": 1.0})
            run.finish(outcome(spec, best={"w1": {"value": 0.125, "global_step": 2000}}))
    write_archive(place / "good.zip", read_runs([str(sweep)]), None)
    assert not any(check.faults for check in verify(place / "good.zip"))
    with zipfile.ZipFile(place / "good.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@fuzzed
@given(st.data())
def test_the_archive_verifier(place: Path, members: dict[str, bytes], data: st.DataObject) -> None:
    """Bytes of the archive are changed, or one of its files with or without its checksum."""
    file = place / "fuzzed.zip"
    draw = data.draw
    if draw(st.booleans()):
        content = bytearray((place / "good.zip").read_bytes())
        for _ in range(draw(st.integers(1, 4))):
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
        file.write_bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)
    else:
        _write(file, members, draw)
    declared(lambda: verify(file))
    declared(lambda: read_runs([str(file)]))


def _write(file: Path, members: dict[str, bytes], draw: Callable[[Any], Any]) -> None:
    name = draw(st.sampled_from(sorted(members)))
    content = draw(st.binary(max_size=40))
    if name.endswith(".json") and draw(st.booleans()):
        record = changed(json.loads(members[name]), draw)
        if name.endswith("summary.json"):
            whole = {key: value for key, value in record.items() if key != "sha256"}
            record = {**whole, "sha256": json_sha256(whole)}
        content = json.dumps(record).encode()
    whole = {**members, name: content}
    if draw(st.booleans()):
        names = [one for one in whole if one != "MANIFEST.sha256"]
        whole["MANIFEST.sha256"] = "".join(f"{sha256(whole[one]).hexdigest()}  {one}\n" for one in names).encode()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for one, text in whole.items():
            archive.writestr(one, text)
        if draw(st.booleans()):
            archive.writestr(draw(st.text("a/.\\é\n", min_size=1, max_size=9)), draw(st.binary(max_size=9)))
