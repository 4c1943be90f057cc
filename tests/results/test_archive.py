"""Archives: what is in them, that their tables are those of the folder, and that no change goes unseen."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder import rewrite_summary

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.record import RunDirectory, json_sha256
from ganlab.results import FORMATS, build, read_runs, render
from ganlab.results.archive import verify, write_archive

MANIFEST = "MANIFEST.sha256"
CHECKS = 4


@pytest.fixture(scope="module")
def archive(trained_sweep, tmp_path_factory) -> Path:
    """The archive of the sweep; tests only read it."""
    path = tmp_path_factory.mktemp("archive") / "small.zip"
    write_archive(path, read_runs([str(trained_sweep)]), None)
    return path


def files_in(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return path


def with_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as someone would leave them who puts the checksums right."""
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(files.items())
        if name != MANIFEST
    ]
    return {**files, MANIFEST: "".join(lines).encode()}


@pytest.fixture
def forged(archive, tmp_path) -> Callable[..., Path]:
    """The archive with some files changed, and the manifest put right."""

    def forge(changes: Mapping[str, bytes | None]) -> Path:
        files = {name: content for name, content in {**files_in(archive), **changes}.items() if content is not None}
        return write_zip(tmp_path / "forged.zip", with_manifest(files))

    return forge


def faults_of(path: Path) -> list[str]:
    return [fault for check in verify(path) for fault in check.faults]


def run_folder(archive: Path, label: str, seed: int = 0) -> str:
    names = [name for name in files_in(archive) if f"/{label}-s{seed}-" in name and name.endswith("spec.json")]
    assert len(names) == 1
    return names[0].removesuffix("/spec.json")


def changed_json(archive: Path, name: str, change: Callable[[Any], None]) -> dict[str, bytes]:
    value = json.loads(files_in(archive)[name])
    change(value)
    if name.endswith("/summary.json"):
        value["sha256"] = json_sha256({key: entry for key, entry in value.items() if key != "sha256"})
    return {name: (json.dumps(value, indent=2) + "\n").encode()}


def changed_rows(archive: Path, folder: str, lines: list[str]) -> dict[str, bytes]:
    """Other rows, of which the summary tells."""
    content = "".join(f"{line}\n" for line in lines).encode()
    changed = {"metrics_sha256": hashlib.sha256(content).hexdigest()}
    summary = changed_json(archive, f"{folder}/summary.json", lambda one: one.update(changed))
    return {f"{folder}/metrics.jsonl": content, **summary}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("columns", [None, ["w1", "best/w1", "steps_to/w1=0.5", "train_seconds", "device"]])
def test_a_table_from_the_archive_is_that_from_the_folder(trained_sweep, archive, format, columns):
    tables = [render(build(read_runs([str(source)]), columns), format) for source in (trained_sweep, archive)]
    assert tables[0] == tables[1]


def test_the_runs_are_those_of_the_folder_with_all_their_rows(trained_sweep, archive):
    recorded, archived = read_runs([str(trained_sweep)]), read_runs([str(archive)])
    assert [run.id for run in archived] == [run.id for run in recorded]
    assert [run.done for run in archived].count(False) == 1
    for one, other in zip(recorded, archived, strict=True):
        assert (one.spec, one.summary) == (other.spec, other.summary)
        assert one.origin.rows() == other.origin.rows()
        assert other.origin.folder is None


def test_an_archive_whose_classes_have_names_is_accepted(archive, forged):
    name = next(one for one in files_in(archive) if one.endswith("summary.json"))
    path = forged(changed_json(archive, name, lambda summary: summary["samples"].update(class_names=["cat", "dog"])))
    assert faults_of(path) == []


def test_the_files_of_a_run_are_those_of_its_folder(trained_sweep, archive):
    kept = ("spec.json", "summary.json", "metrics.jsonl", "environments.json")
    for name, content in files_in(archive).items():
        if name.endswith(kept):
            assert content == (trained_sweep.parent / name.removeprefix("runs/")).read_bytes()


@pytest.mark.parametrize("name", ["archive.json", "spec.json", "summary.json"])
def test_no_table_is_made_of_a_file_that_was_changed(archive, tmp_path, name):
    files = files_in(archive)
    name = next(one for one in files if one.endswith(name))
    path = write_zip(tmp_path / "changed.zip", {**files, name: files[name] + b"\n"})
    with pytest.raises(InputError, match=f"^{name} is not as the archive's MANIFEST.sha256 lists it; "):
        read_runs([str(path)])


def test_no_curve_is_drawn_of_rows_that_were_changed(archive, tmp_path):
    files = files_in(archive)
    name = next(one for one in files if one.endswith("metrics.jsonl"))
    path = write_zip(tmp_path / "changed.zip", {**files, name: files[name] + b"\n"})
    run, *_ = read_runs([str(path)])
    with pytest.raises(InputError, match=f"{name} is not as the archive's MANIFEST.sha256 lists it; "):
        run.origin.rows()


def test_equal_runs_give_equal_bytes(trained_sweep, archive, tmp_path):
    write_archive(tmp_path / "again.zip", read_runs([str(trained_sweep)]), None)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    write_archive(tmp_path / "of_the_archive.zip", read_runs([str(archive)]), None)
    assert (tmp_path / "of_the_archive.zip").read_bytes() == archive.read_bytes()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_checks_the_unpacked_folder(archive, tmp_path):
    zipfile.ZipFile(archive).extractall(tmp_path)
    done = subprocess.run(["sha256sum", "--check", "--strict", MANIFEST], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": OK\n") == len(files_in(archive)) - 1


def test_the_unpacked_folder_is_a_folder_of_runs(trained_sweep, archive, tmp_path):
    zipfile.ZipFile(archive).extractall(tmp_path)
    tables = [build(read_runs([str(folder)])) for folder in (trained_sweep, tmp_path / "runs" / "small")]
    assert render(tables[0], "json") == render(tables[1], "json")


def test_an_archive_that_nobody_touched_is_verified(archive):
    assert [check.faults for check in verify(archive)] == [()] * CHECKS


def test_the_columns_asked_for_are_those_that_are_verified(trained_sweep, tmp_path):
    path = tmp_path / "columns.zip"
    write_archive(path, read_runs([str(trained_sweep)]), ["ks", "best/w1"])
    assert faults_of(path) == []
    header = files_in(path)["table.md"].decode().partition("\n")[0]
    assert [title.strip() for title in header.split("|")[2:4]] == ["ks ↓", "best/w1 ↓"]


def test_a_changed_byte_of_any_file_is_found(archive, tmp_path):
    files = files_in(archive)
    for name, content in files.items():
        middle = len(content) // 2
        damaged = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path = write_zip(tmp_path / "damaged.zip", {**files, name: damaged})
        assert any(name in fault or name == MANIFEST for fault in faults_of(path)), name


@pytest.mark.parametrize("missing", ["table.md", "README.txt"])
def test_a_missing_file_is_found(archive, tmp_path, missing):
    files = {name: content for name, content in files_in(archive).items() if name != missing}
    assert faults_of(write_zip(tmp_path / "missing.zip", files)) == [f"{missing} is missing"]


def test_an_added_file_is_found(archive, tmp_path):
    path = write_zip(tmp_path / "extra.zip", {**files_in(archive), "runs/extra.txt": b"?"})
    assert faults_of(path) == [f"runs/extra.txt is not listed in {MANIFEST}"]


def test_a_file_that_stands_twice_is_found(archive, tmp_path):
    path = tmp_path / "twice.zip"
    shutil.copy(archive, path)
    with zipfile.ZipFile(path, "a") as opened, pytest.warns(UserWarning, match="Duplicate name"):
        opened.writestr("table.md", "another table")
    assert "table.md is in the archive twice" in faults_of(path)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "runs/../../evil.txt", "..\\evil.txt", "a//b"])
def test_a_name_that_leads_out_of_the_archive_is_found(forged, name):
    assert faults_of(forged({name: b"?"})) == [f"the name {name!r} points outside the archive"]


def test_an_archive_that_lists_no_run_is_refused(archive, forged):
    path = forged(changed_json(archive, "archive.json", lambda index: index["runs"].clear()))
    assert faults_of(path) == ["archive.json: 'runs' is []; it must be a list of at least 1"]


@pytest.mark.parametrize("name", ["../small/lsgan", "small/../../lsgan", "lsgan", "small/a/b"])
def test_a_run_that_is_listed_elsewhere_than_below_runs_is_refused(archive, forged, name):
    path = forged(changed_json(archive, "archive.json", lambda index: index["runs"].append(name)))
    with pytest.raises(InputError, match="which is not SWEEP/RUN_ID"):
        read_runs([str(path)])
    assert any(name in fault for fault in faults_of(path))


def test_a_spec_that_is_not_that_of_the_id_is_found(archive, forged):
    name = f"{run_folder(archive, 'lsgan')}/spec.json"
    path = forged(changed_json(archive, name, lambda spec: spec.update(batch_size=32)))
    assert any(f"{name} makes the run lsgan-s0-" in fault for fault in faults_of(path))


@pytest.mark.parametrize(("key", "value"), [("label", "better"), ("seed", 7), ("sweep", "other"), ("id", "lsgan-s0-0")])
def test_a_run_under_another_name_is_found(archive, forged, key, value):
    name = f"{run_folder(archive, 'lsgan')}/spec.json"
    assert any(
        name in fault
        for fault in faults_of(forged(changed_json(archive, name, lambda spec: spec.update({key: value}))))
    )


@pytest.mark.parametrize("key", ["spec_sha256", "protocol_sha256"])
def test_a_hash_that_is_not_that_of_what_it_names_is_found(archive, forged, key):
    name = f"{run_folder(archive, 'lsgan')}/summary.json"
    path = forged(changed_json(archive, name, lambda summary: summary.update({key: "0" * 64})))
    assert any(f"{name} has the {key} 0000" in fault for fault in faults_of(path))


def test_an_environment_that_is_not_the_last_one_is_found(archive, forged):
    name = f"{run_folder(archive, 'lsgan')}/summary.json"
    path = forged(changed_json(archive, name, lambda summary: summary["environment"].update(scipy="0")))
    assert faults_of(path) == [f"{name} has an environment that is not the last of its environments"]


def _other_final(summary):
    summary["final"]["w1"] /= 2


def _other_best(summary):
    summary["best"]["w1"]["value"] /= 2


def _other_best_step(summary):
    summary["best"]["w1"]["global_step"] = 7


def _no_final(summary):
    del summary["final"]["w1"]


def _diverged(summary):
    summary.update(status="diverged", diverged_at=12, final={})


def _unfinished(summary):
    summary["global_step"] = 20


def _cheaper(summary):
    summary["cost"]["train_seconds"] /= 10


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_other_final, "final w1 is"),
        (_other_best, "best w1 is"),
        (_other_best_step, "best w1 is"),
        (_no_final, "final w1 is None"),
        (_unfinished, "the run is finished at iteration 20 of 40"),
        (_cheaper, "train_seconds is"),
    ],
)
def test_a_result_that_was_not_measured_is_found(archive, forged, change, fault):
    name = f"{run_folder(archive, 'mine')}/summary.json"
    assert any(f"{name}: {fault}" in one for one in faults_of(forged(changed_json(archive, name, change))))


def test_a_run_that_is_made_to_have_diverged_changes_the_table(archive, forged):
    name = f"{run_folder(archive, 'mine')}/summary.json"
    faults = faults_of(forged(changed_json(archive, name, _diverged)))
    assert any("table.csv is not what follows from the runs" in fault for fault in faults)


def test_a_diverged_run_that_is_made_to_have_finished_is_found(archive, forged):
    name = f"{run_folder(archive, 'wild')}/summary.json"
    path = forged(changed_json(archive, name, lambda summary: summary.update(status="finished", diverged_at=None)))
    assert any(name in fault for fault in faults_of(path))


def test_a_measurement_that_was_changed_is_found(archive, forged):
    folder = run_folder(archive, "mine")
    *before, last = files_in(archive)[f"{folder}/metrics.jsonl"].decode().splitlines()
    row = json.loads(last)
    row["eval/w1"] /= 2
    changes = changed_rows(archive, folder, [*before, json.dumps(row)])
    assert any("final w1 is" in fault and "by metrics.jsonl" in fault for fault in faults_of(forged(changes)))
    del changes[f"{folder}/summary.json"]
    assert f"{folder}/metrics.jsonl does not hold the rows that the run ended with" in faults_of(forged(changes))


def test_rows_that_were_left_out_are_found(archive, forged):
    folder = run_folder(archive, "mine")
    kept = files_in(archive)[f"{folder}/metrics.jsonl"].decode().splitlines()[:-1]
    faults = faults_of(forged(changed_rows(archive, folder, kept)))
    assert any("there is no evaluation at iteration 40" in fault for fault in faults)


def test_a_run_that_was_left_out_is_found(archive, forged):
    folder = run_folder(archive, "wild")
    left_out = {name: None for name in files_in(archive) if name.startswith(f"{folder}/")}
    index = changed_json(archive, "archive.json", lambda index: index["runs"].remove(folder.removeprefix("runs/")))
    assert any("table.md is not what follows from the runs" in fault for fault in faults_of(forged(left_out | index)))


def test_a_summary_that_was_left_out_is_found(archive, forged):
    folder = run_folder(archive, "wild")
    path = forged({f"{folder}/summary.json": None, f"{folder}/environments.json": None})
    assert any("table.md is not what follows from the runs" in fault for fault in faults_of(path))


@pytest.mark.parametrize(
    "name", ["table.md", "table.tex", "table.csv", "methods.md", "citation.bib", "README.txt", "runs/small/sweep.json"]
)
def test_what_does_not_follow_from_the_runs_is_found(archive, forged, name):
    content = files_in(archive)[name].replace(b"gan", b"GAN", 1)
    faults = faults_of(forged({name: content}))
    assert len(faults) == 1
    assert faults[0].startswith(f"{name} is not what follows from the runs: line ")


def test_environments_that_the_summary_does_not_have_are_found(archive, forged):
    name = f"{run_folder(archive, 'mine')}/environments.json"
    path = forged(changed_json(archive, name, lambda value: value["environments"][0].update(processor="faster")))
    assert faults_of(path) == [f"{name} has environments that summary.json does not have"]


def test_a_listed_file_that_belongs_to_no_run_is_found(forged):
    assert faults_of(forged({"runs/small/notes.txt": b"?"})) == ["runs/small/notes.txt does not belong to the runs"]


def test_numbers_that_another_library_rounds_otherwise_agree_and_others_do_not(archive, forged):
    table = files_in(archive)["table.json"].decode()
    mean = next(cell["mean"] for cell in json.loads(table) if cell["mean"] is not None)
    rounded, other = (table.replace(repr(mean), repr(mean * (1 + gap))).encode() for gap in (1e-14, 1e-6))
    assert rounded != other != table.encode() != rounded
    assert faults_of(forged({"table.json": rounded})) == []
    assert any("table.json is not what follows" in fault for fault in faults_of(forged({"table.json": other})))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("spec.json", b"{}"),
        ("spec.json", b"[]"),
        ("summary.json", b'{"status": "finished"}'),
        ("summary.json", b"{"),
        ("metrics.jsonl", b"{}\n"),
        ("metrics.jsonl", b'{"global_step": 10, "eval/w1": "small"}\n'),
        ("metrics.jsonl", b'{"global_step": 10, "eval/w1": NaN}\n'),
        ("metrics.jsonl", b'{"global_step": 10}\n{"global_step": 10}\n'),
    ],
)
def test_a_record_of_another_shape_is_found(archive, forged, file, content):
    name = f"{run_folder(archive, 'mine')}/{file}"
    assert any(name in fault for fault in faults_of(forged({name: content})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": "1"},
        {"shape": [1], "classes": "0"},
        [],
        {"shape": [1], "classes": 1, "class_names": [1]},
    ],
)
def test_samples_of_another_shape_are_found(archive, forged, wrong):
    name = f"{run_folder(archive, 'mine')}/summary.json"
    path = forged(changed_json(archive, name, lambda summary: summary.update(samples=wrong)))
    assert any(f"{name}: " in fault and "samples" in fault for fault in faults_of(path))


def test_checkpoints_go_in_when_asked_for_and_are_those_that_the_runs_ended_with(trained_sweep, tmp_path):
    path = tmp_path / "whole.zip"
    write_archive(path, read_runs([str(trained_sweep)]), None, checkpoints=True)
    files = files_in(path)
    names = [name for name in files if name.endswith("checkpoint.pt")]
    assert len(names) == 9
    for name in names:
        assert files[name] == (trained_sweep.parent / name.removeprefix("runs/")).read_bytes()
    assert faults_of(path) == []
    harmful = b"cos\nsystem\n(S'touch loaded'\ntR."
    for content, fault in (
        (harmful, f"{names[0]} is no checkpoint, or a damaged one"),
        (files[names[1]], f"{names[0]} is the checkpoint of another run"),
    ):
        assert faults_of(write_zip(tmp_path / "forged.zip", with_manifest({**files, names[0]: content}))) == [fault]
    assert not Path("loaded").exists()


def test_an_archive_of_runs_whose_checkpoints_are_not_here_is_not_begun(archive, tmp_path):
    with pytest.raises(InputError, match="has no checkpoint here; leave --checkpoints out"):
        write_archive(tmp_path / "whole.zip", read_runs([str(archive)]), None, checkpoints=True)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_is_written_whole_or_not_at_all(trained_sweep, tmp_path, monkeypatch):
    path = tmp_path / "small.zip"
    path.write_text("what was there before")

    def full(self, *arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match=r"No space left on device: .*small\.zip"):
        write_archive(path, read_runs([str(trained_sweep)]), None)
    assert path.read_text() == "what was there before"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_archive_is_refused(archive, tmp_path):
    text = tmp_path / "text.zip"
    text.write_text("no zip")
    other = write_zip(tmp_path / "other.zip", {"a.txt": b"a"})
    cut_off = tmp_path / "cut.zip"
    cut_off.write_bytes(archive.read_bytes()[:-100])
    for path, words in [
        (text, "is not a whole zip file"),
        (cut_off, "is not a whole zip file"),
        (other, f"holds no {MANIFEST}, so it is not an archive"),
        (tmp_path / "none.zip", "there is no file "),
        (tmp_path, "there is no file "),
    ]:
        with pytest.raises(InputError, match=words):
            verify(path)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_byte_is_changed_an_archive_is_refused_or_faulty_or_holds_the_same(archive, tmp_path_factory, data):
    content = bytearray(archive.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    path.write_bytes(content)
    try:
        faults = faults_of(path)
    except InputError:
        return
    assert faults or files_in(path) == files_in(archive)


def test_the_commands_print_write_and_check(trained_sweep, archive, tmp_path, capsys):
    path = tmp_path / "small.zip"
    assert main(["cite", str(trained_sweep), "-o", str(path)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("@misc{ganlab,")
    assert "We trained lsgan (arXiv:1611.04076)" in printed
    assert path.read_bytes() == archive.read_bytes()

    assert main(["verify", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines[:-1]] == ["yes"] * CHECKS
    assert lines[-1] == f"{path} is verified"

    write_zip(path, {**files_in(archive), "table.md": b"a better table"})
    assert main(["verify", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("no ")
    assert lines[1].strip().startswith("table.md has the checksum ")
    assert lines[-1] == f"{path} is NOT verified"

    path.write_text("no zip")
    assert main(["verify", str(path)]) == 2
    assert "is not a whole zip file" in capsys.readouterr().err
    assert main(["cite", str(trained_sweep), "-o", str(tmp_path / "nowhere" / "a.zip")]) == 2
    printed = capsys.readouterr()
    assert "cannot write" in printed.err
    assert printed.out == ""


def test_the_command_verifies_what_it_has_written(trained_sweep, tmp_path, capsys):
    folder = tmp_path / "altered"
    shutil.copytree(trained_sweep, folder)
    run = next(path.parent for path in sorted(folder.glob("*/summary.json")) if "finished" in path.read_text())
    summary = RunDirectory(run).summary().record()
    summary["best"]["w1"]["value"] /= 2
    rewrite_summary(RunDirectory(run), summary)
    assert main(["cite", str(folder), "-o", str(tmp_path / "a.zip")]) == 1
    assert "a.zip is NOT verified" in capsys.readouterr().out


def test_an_archives_name_ends_in_zip(trained_sweep, tmp_path, capsys):
    assert main(["cite", str(trained_sweep), "-o", str(tmp_path / "a.tar")]) == 2
    assert "the name must end in .zip" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
