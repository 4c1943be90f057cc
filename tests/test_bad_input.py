"""Whatever is wrong in what a user gives: one sentence that names it, exit status 2, no traceback."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import signal
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.checkpoint_file import CheckpointFile
from ganlab.cli import main
from ganlab.record import RunDirectory, SpecFile, json_sha256, write_json
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Trainer

SWEEP = """
name: tiny
data: {name: gaussian}
variants: [vanilla]
seeds: [0]
steps: 4
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 2, samples: 100}
"""
LONGEST = 1_100
BILLIONS = "x-a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"x-a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)


class Bad(NamedTuple):
    """What is put into the folder, by name; the command; and what its sentence must say.

    `{run}` in names and arguments is the folder of a run that was trained, in the sweep ``runs/tiny``.
    """

    what: str
    files: dict[str, bytes | str | Callable[[Path], None]]
    command: str
    says: str


def yaml(what: str, text: str | bytes, says: str) -> Bad:
    return Bad(what, {"s.yaml": text}, "sweep s.yaml --dry-run", says)


def override(text: str, says: str) -> Bad:
    return Bad(f"override {text[:40]}", {}, f"sweep tiny.yaml --dry-run {text}", says)


def option(command: str, says: str) -> Bad:
    return Bad(command[:60], {}, command, says)


def data(what: str, choice: str, says: str, **files: bytes | str) -> Bad:
    named = {name.replace("_", ".", 1): content for name, content in files.items()}
    return Bad(what, {**named, "s.yaml": SWEEP.replace("{name: gaussian}", choice)}, "sweep s.yaml --dry-run", says)


def column(what: str, content: bytes | str, says: str, name: str = "d.csv", more: str = ", column: x") -> Bad:
    choice = f"{{name: column, path: {name}{more}}}"
    return Bad(
        what, {name: content, "s.yaml": SWEEP.replace("{name: gaussian}", choice)}, "sweep s.yaml --dry-run", says
    )


def images(what: str, name: str, content: bytes, says: str) -> Bad:
    return Bad(what, {f"images/{name}": content}, "evaluate images --against digits", says)


def arrays(what: str, content: bytes | Callable[[Path], None], says: str) -> Bad:
    return Bad(what, {"i.npz": content}, "evaluate i.npz --against digits", says)


def record(what: str, file: str, content: bytes | str | Callable[[Path], None], command: str, says: str) -> Bad:
    return Bad(what, {f"{{run}}/{file}": content}, command, says)


def undone(what: str, file: str, content: bytes | str | Callable[[Path], None], command: str, says: str) -> Bad:
    return Bad(what, {"{run}/summary.json": _gone, f"{{run}}/{file}": content}, command, says)


def archive(what: str, content: bytes | Callable[[Path], None], says: str, command: str = "verify a.zip") -> Bad:
    return Bad(what, {"a.zip": content}, command, says)


def plugin(what: str, text: str | bytes, says: str) -> Bad:
    return Bad(what, {"p.py": text}, "list --plugin p.py", says)


def _bound(row: str) -> Callable[[Path], None]:
    """A row of which the summary says that it is the run's, as one who forges it would write it."""

    def write(path: Path) -> None:
        path.write_text(row + "\n", "utf-8")
        summary = path.with_name("summary.json")
        whole = json.loads(summary.read_text("utf-8"))
        del whole["sha256"]
        whole["metrics_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        summary.write_text(json.dumps({**whole, "sha256": json_sha256(whole)}), "utf-8")

    return write


def _gone(path: Path) -> None:
    path.unlink()


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _deep_png() -> bytes:
    file = io.BytesIO()
    Image.new("I;16", (8, 8)).save(file, "PNG")
    return file.getvalue()


def _npy(shape: str, descr: str = "'<f8'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def _npz(**content: Any) -> Callable[[Path], None]:
    return lambda path: np.savez(path, **content)


def _zipped(**files: bytes | str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in files.items():
                packed.writestr(name.replace("_", "."), content)

    return write


def _changed(name: str, content: bytes) -> Callable[[Path], None]:
    """An archive with the content of one file replaced."""

    def write(path: Path) -> None:
        with zipfile.ZipFile("good.zip") as good, zipfile.ZipFile(path, "w") as bad:
            for member in good.namelist():
                bad.writestr(member, content if member == name else good.read(member))

    return write


def _checkpoint(**state: torch.Tensor) -> Callable[[Path], None]:
    """A checkpoint of the right run and checksum, whose state is another's."""

    def write(path: Path) -> None:
        spec = RunDirectory(path.parent).spec().spec
        CheckpointFile(spec_sha256=spec.sha256, iteration=4, state=state).write(path)

    return write


def _saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


class _Evil:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("opened"),)


SAMPLE = "sample {run} -o x.npy"
PLAN = "sweep tiny.yaml --dry-run"
ROW_KEYS = '"train_seconds": 1.0, "evaluation_seconds": 1.0'

CASES = [
    # YAML
    yaml("nothing", "", "holds keys such as"),
    yaml("a list", "[a, b]", "holds keys such as"),
    yaml("an integer tag", "steps: !!int x\n", "line 1: not valid YAML: 'x' is not a number"),
    yaml("a boolean tag", "steps: !!bool x\n", "does not fit its tag"),
    yaml("a timestamp tag", "steps: !!timestamp 2020-99-99\n", "not valid YAML"),
    yaml("a Python tag", '!!python/object/apply:os.system ["touch opened"]\n', "could not determine a constructor"),
    yaml("no date", SWEEP.replace("steps: 4", "steps: 2020-99-99"), "'steps' is '2020-99-99'; it must be a whole"),
    yaml("5,000 digits", SWEEP.replace("steps: 4", "steps: " + "9" * 5000), "is not a number"),
    yaml("5,000 hexadecimal digits", SWEEP.replace("steps: 4", "steps: 0x" + "9" * 5000), "is not a number"),
    yaml("open brackets", "a: " + "[" * 5000, "nested too deeply"),
    yaml("deep nesting", "a: " + "[" * 200 + "]" * 200, "nested too deeply"),
    yaml("a bomb of aliases", BILLIONS + SWEEP + "optimizer: *a9\n", "more than 200,000 values"),
    yaml("a bomb of merges", BILLIONS.replace("[x,x,x,x,x,x,x,x,x]", "{x: 1}") + SWEEP, "more than 200,000 values"),
    yaml(
        "a chain of aliases",
        "x-0: &a0 [x]\n" + "".join(f"x-{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 150)),
        "nested too deeply",
    ),
    yaml("an alias of itself", "a: &a [*a]\n" + SWEEP, "an alias stands within what it names"),
    yaml("a NUL", b"name: a\0b\n", "the character U+0000 is not allowed"),
    yaml("no UTF-8", b"name: \xff\n", "is not text in UTF-8"),
    yaml("two documents", "a: 1\n---\nb: 2\n", "another document"),
    yaml("a key twice", SWEEP + "steps: 3\n", "the key 'steps' occurs twice"),
    yaml("a number as key", "1: 2\n" + SWEEP, "keys are names"),
    yaml("a list as key", "? [a]\n: 1\n", "unhashable key"),
    yaml("extends itself", "extends: s.yaml\n", "extends itself"),
    yaml("extends a NUL", 'extends: "a\\0b"\n', "holds a NUL character"),
    yaml("a NUL in the path of data", SWEEP.replace("gaussian", 'column, path: "a\\0b.csv"'), "holds a NUL character"),
    yaml("a password in a URL", SWEEP.replace("gaussian", "column, path: 'https://me:pw@h/x.csv'"), "holds a password"),
    # keys from the command line
    override("seeds=0..99999999999", "100,000,000,000 seeds; a sweep has at most 100,000"),
    override("seeds=[9223372036854775808]", "should be less than 9223372036854775808"),
    override("seeds=[-1]", "'seeds.0' is -1"),
    override("seeds=5..2", "names no seeds"),
    override("seeds=[1,1]", "a seed is listed twice"),
    override("seeds=0.." + "9" * 5000, "names no seeds"),
    override("steps=" + "1" * 30, "should be less than or equal to"),
    override("latent_dim=1e12", "'latent_dim' is 1000000000000"),
    override("evaluation.samples=1e15", "should be less than or equal to 10000000"),
    override("evaluation.samples=2e7", "should be less than or equal to 10000000"),
    override("batch_size=1e12", "should be less than or equal to 10000000"),
    override("builder.widths=[1000000000]", "should be less than or equal to 65536"),
    override("data.std=1e308", "infinite in float32"),
    override("data.mean=1e300", "infinite in float32"),
    override("data.std=1e-300", "are all 0 in float32"),
    override("data.std=.nan", "should be a finite number"),
    override("optimizer.lr=1e999", "should be a finite number"),
    override("optimizer.lr=" + "1" * 400, "is not a number"),
    override("stepz=3", "did you mean 'steps'"),
    override("=3", "is not an override"),
    override("name=../x", "cannot be the name of a folder"),
    override("variants=vanila", "did you mean 'vanilla'"),
    override("device=tpu", "unknown device 'tpu'"),
    override("critic_steps=1.5", "it must be a whole number"),
    override("engine.name=3", "the name of the engine is 3; it must be one of local"),
    override("engine.name=[local]", "the name of the engine is ['local']; it must be one of local"),
    override("augment=none augment.p=0.5", "'augment' is none and has no 'p'; name one, or remove 'p'"),
    override("packing=3", "is not a multiple of packing"),
    # options
    option("sweep nowhere.yaml", "cannot read the sweep file nowhere.yaml"),
    Bad("runs in a loop of links", {"loop": _loop}, "sweep tiny.yaml --runs loop", "Too many levels of symbolic links"),
    Bad("a run that is a loop of links", {"loop": _loop}, "work loop", "Too many levels of symbolic links"),
    option("table nowhere", "there is no folder 'nowhere'"),
    option("table tiny.yaml", "is a sweep's file"),
    option("table runs/tiny --metrics nothing", "unknown metric 'nothing'"),
    option("table runs/tiny --metrics steps_to/w1=x", "names no metric and threshold"),
    option("table runs/tiny --filter a=b", "no such source is given"),
    option("figure runs/tiny -o nowhere/x.pdf", "there is no folder 'nowhere'"),
    option("figure runs/tiny -o x.docx", "cannot draw a figure as 'docx'"),
    option("report runs/tiny -o nowhere/x.html", "nowhere"),
    option("cite runs/tiny -o x.tar", "must end in .zip"),
    option("sample nothing -o x.npy", "there is no run 'nothing'"),
    option("sample {run} -o x.txt", "must end in .npy"),
    option("sample {run} -n 0 -o x.npy", "cannot draw 0 samples"),
    option("sample {run} --label cat -o x.npy", "not conditional"),
    option("list nothing", "nothing is called 'nothing'"),
    option("extractor train nothing", "there is no classifier of 'nothing'"),
    option("evaluate i.npz --against digits --extractor-weights x=y", "write NAME=FILE"),
    # files of data
    column("no such column", "y\n1\n2\n", "has no column 'x'"),
    column("words", "x\nabc\n", "'abc' is not a number"),
    column("missing cells", "x\n1\nnan\n", "write 'missing: drop'"),
    column("too large numbers", "x\n1\n1e400\n", "is not a finite number"),
    column("a constant", "x\n" + "1\n" * 50, "is constant"),
    column("too few", "x\n1\n", "at least 20 are needed"),
    column("an empty file", "", "is empty"),
    column("UTF-16", "x\n1\n".encode("utf-16"), "is text in UTF-16"),
    column("an open quote", 'x\n"1\n2\n', "is not well-formed CSV"),
    column("a short row", "x,y\n1\n", "line 2 has 1 cell and the header 2"),
    column("a cut gzip file", gzip.compress(b"x\n1\n2\n")[:-5], "is not a whole gzip file", "d.csv.gz"),
    column("no NPY", b"hello", "is not a readable NPY file", "d.npy", ""),
    column("an array that is not there", _npy("(1000000000000,)"), "is not a readable NPY file", "d.npy", ""),
    column("objects", _npy("(5,)", "'|O'"), "is not a readable NPY file", "d.npy", ""),
    column("no Parquet", b"PAR1 nonsense PAR1", "is not a readable Parquet file", "d.parquet"),
    column("another format", b"x", "other files cannot be read", "d.xls"),
    data("no file", "{name: column, path: nowhere.csv, column: x}", "cannot read 'nowhere.csv'"),
    data("a short series", "{name: series, path: d.csv, columns: [x], window: 24}", "rows", d_csv="x\n" + "1\n" * 30),
    data("a window too wide", f"{{name: series, path: d.csv, columns: [x], window: {10**20}}}", "'window' is"),
    data("no data set", "{name: gausian}", "did you mean 'gaussian'"),
    # images
    images("a text", "a.png", b"hello", "1 of 1 images cannot be read"),
    images("a cut image", "a.png", _png(8, 8, b""), "1 of 1 images cannot be read"),
    images("16 bits a channel", "a.png", _deep_png(), "more than 8 bits a channel"),
    images("more pixels than there are", "a.png", _png(2**31 - 1, 2**31 - 1, b""), "pixels"),
    images("an animation's format", "a.gif", b"GIF89a", "convert or remove them"),
    images("no image", "a.txt", b"x", "holds no image"),
    arrays("no zip file", b"PK\x03\x04nonsense", "is damaged or no NPZ file"),
    arrays("objects in it", _npz(images=np.array([{}], dtype=object)), "holds text or objects"),
    arrays("floats", _npz(images=np.zeros((5, 1, 8, 8))), "images are uint8"),
    arrays("no array", _npz(), "it has no array"),
    arrays("statistics that do not fit", _npz(mu=np.zeros(3), sigma=np.zeros((2, 2))), "covariance [D, D]"),
    arrays("an array that is not in it", _zipped(images_npy=_npy("(1000000000000,1,8,8)", "'|u1'")), "damaged"),
    # records
    *[
        record(f"{file} of {what}", file, content, f"{command}", says)
        for file, command in (("spec.json", SAMPLE), ("summary.json", "table runs/tiny"))
        for what, content, says in (
            ("{}", "{}", ""),
            ("a list", "[]", "holds no JSON object"),
            ("text", "hello", "is not JSON"),
            ("deep nesting", "[" * 100_000, "nested too deeply"),
            ("nesting", '{"a":' + "[" * 500 + "]" * 500 + "}", "nested too deeply"),
            ("5,000 digits", '{"revision": ' + "9" * 5000 + "}", "a number of too many digits"),
            ("Latin-1", b'{"a": "\xe9"}', "is not JSON"),
        )
    ],
    *[
        Bad(f"sweep.json of {content[:30]}", {"runs/tiny/sweep.json": content}, command, "sweep.json")
        for content in (
            "{}",
            '{"runs": null}',
            '{"runs": 5}',
            '{"runs": [[1]]}',
            '{"runs": ["../../x"]}',
            "[" * 100_000,
        )
        for command in ("table runs/tiny", PLAN)
    ],
    *[
        undone(f"a row of {row[:40]}", "metrics.jsonl", row + "\n", "table runs/tiny --metrics steps_to/w1=1", says)
        for row, says in (("", "no run in"),)
    ],
    record("another row", "metrics.jsonl", "{}\n", "figure runs/tiny -o f.svg", "does not hold the rows that"),
    *[
        record(
            f"the row {row[:40]}", "metrics.jsonl", _bound(row), "report runs/tiny -o r.html", "metrics.jsonl, line "
        )
        for row in (
            "{}",
            "[" * 100_000,
            '{"global_step": 1' + "0" * 400 + "}",
            '{"global_step": 1' + "0" * 5000 + "}",
            '{"global_step": true}',
            '{"global_step": -1}',
            '{"global_step": 1, "eval/w1": "x"}',
            '{"global_step": 1, "eval/w1": NaN}',
            '{"global_step": 1, "eval/w1": 1' + "0" * 400 + "}",
            '{"global_step": 5}\n{"global_step": 3}',
        )
    ],
    # checkpoints
    record("a text as checkpoint", "checkpoint.pt", "hello", SAMPLE, "is no checkpoint"),
    record("an empty checkpoint", "checkpoint.pt", "", SAMPLE, "is no checkpoint"),
    record("a pickle", "checkpoint.pt", pickle.dumps(_Evil()), SAMPLE, "is no checkpoint"),
    record("a checkpoint that runs code", "checkpoint.pt", _saved(_Evil()), SAMPLE, "is no checkpoint"),
    record("another checkpoint", "checkpoint.pt", _saved({"a": torch.zeros(2)}), SAMPLE, "another version of ganlab"),
    undone(
        "a tensor larger than its file",
        "checkpoint.pt",
        _saved({"spec_sha256": "", "iteration": 0, "checksum": "", "state": {"a": torch.zeros(1).expand(10**12)}}),
        SAMPLE,
        "another version of ganlab",
    ),
    undone("no state", "checkpoint.pt", _checkpoint(), SAMPLE, "has no"),
    undone("wrong shapes", "checkpoint.pt", _checkpoint(**{".alive": torch.zeros(3)}), SAMPLE, "has no"),
    # archives
    archive("no archive", b"hello", "is not a whole zip file"),
    archive("another zip file", _zipped(a_txt="x"), "so it is not an archive"),
    archive("an index of {}", _changed("archive.json", b"{}"), "archive.json", "table a.zip"),
    archive("a deep index", _changed("archive.json", b"[" * 100_000), "archive.json", "table a.zip"),
    archive("a folder", lambda path: path.mkdir(), "there is no file a.zip"),
    # plugins
    plugin("no Python", "def", "p.py, line 1"),
    plugin("a NUL in it", b"a = '\0'", "p.py"),
    plugin("an error", "1 / 0", "ZeroDivisionError"),
    plugin("an end", "raise SystemExit(3)", "SystemExit"),
    plugin("nothing in it", "x = 1", "registers nothing"),
    plugin("an unknown module", "import nowhere_at_all", "nowhere_at_all"),
    option("list --plugin nowhere.py", "cannot read the plugin"),
]
IDS = [f"{number:03d} {case.what}" for number, case in enumerate(CASES)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sweep's file, its one run, and an archive of it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.yaml").write_text(SWEEP)
    (spec,) = resolve(load_sweep(folder / "tiny.yaml"))
    sweep = folder / "runs" / "tiny"
    with RunDirectory(sweep / spec.id).open(SpecFile.of(spec, "tiny")) as run:
        Trainer([spec], [run], compiled=False).run(lambda progress: None, lambda: False)
    write_json(sweep / "sweep.json", {"signature": "0", "runs": [spec.id]})
    assert main(["cite", str(sweep), "-o", str(folder / "good.zip")]) == 0
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of `trained` as the working directory; signals are as before after it."""
    import shutil

    place = tmp_path / "here"
    shutil.copytree(trained, place)
    monkeypatch.chdir(place)
    usual = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    yield place
    for number, handler in usual.items():
        signal.signal(number, handler)


def _prepare(case: Bad, folder: Path) -> list[str]:
    """Write the files of `case`; gives its arguments."""
    run = str(next((folder / "runs" / "tiny").glob("*/spec.json")).parent.relative_to(folder))
    for name, content in case.files.items():
        path = folder / name.replace("{run}", run)
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [word.replace("{run}", run) for word in case.command.split(" ")]


def _require_one_sentence(errors: str, says: str) -> None:
    assert errors.startswith("ganlab: ")
    assert len(errors.splitlines()) == 1
    assert len(errors) <= LONGEST
    assert says in errors
    assert "Traceback" not in errors
    assert errors.strip().isprintable()


def test_there_are_more_than_eighty_cases() -> None:
    assert len({case.what for case in CASES}) >= 120


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_bad_input_is_one_sentence(case: Bad, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = _prepare(case, folder)
    assert main(arguments) == 2
    _require_one_sentence(capsys.readouterr().err, case.says)
    assert not Path("opened").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [10, 25, 71, 100])
def test_a_real_process_says_the_same(number: int, folder: Path) -> None:
    arguments = _prepare(CASES[number], folder)
    command = [sys.executable, "-m", "ganlab", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=800)
    assert ended.returncode == 2
    _require_one_sentence(ended.stderr, CASES[number].says)


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["table"], ["sweep", "--nothing"], ["evaluate", "x", "--size", "0"]]
)
def test_a_command_line_that_is_none_ends_with_its_usage(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_one_damaged_record_is_named_in_the_plan_and_the_others_are_kept(folder: Path, capsys) -> None:
    run = next((folder / "runs" / "tiny").glob("*/spec.json")).parent
    (run / "summary.json").write_text(json.dumps({"a": 1}))
    assert main(["sweep", "tiny.yaml", "--dry-run", "seeds=[0,1]"]) == 0
    assert "1 new, 1 damaged" in capsys.readouterr().out
