"""Who holds a folder: never two, and a dead holder no longer than its lease."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from ganlab.record import lease as lease_module
from ganlab.record import process_identity
from ganlab.record.lease import HeldError, Watcher, hold, take, wait_for

FAST = {
    "SECONDS": 0.5,
    "SECONDS_BETWEEN_SIGNS": 0.1,
    "SECONDS_OF_GRACE": 0.2,
    "SECONDS_TO_SETTLE": 0.02,
    "SECONDS_TO_SAY_WHOSE": 0.2,
}

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes there are")


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    for name, seconds in FAST.items():
        monkeypatch.setattr(lease_module, name, seconds)


@pytest.fixture
def elsewhere(monkeypatch):
    """Nothing is known of any process, as of those of other machines."""
    monkeypatch.setattr(lease_module, "own_identity", lambda: None)


def test_a_folder_is_held_until_it_is_released_and_the_refusal_names_the_holder(tmp_path):
    lease = take(tmp_path)
    with pytest.raises(HeldError, match=f"is held by process {os.getpid()} on {socket.gethostname()}"):
        take(tmp_path)
    lease.release()
    take(tmp_path).release()
    assert list(tmp_path.iterdir()) == []


def test_of_several_folders_all_are_held_or_none(tmp_path):
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    with hold(folders[1:2]), pytest.raises(HeldError), hold(folders):
        pass
    assert not any(Watcher().holders(folder) for folder in folders)


def test_a_lease_that_is_renewed_outlives_the_time_after_which_it_expires(tmp_path, elsewhere):
    with hold([tmp_path]):
        watcher, end = Watcher(), time.monotonic() + 3 * FAST["SECONDS"]
        while time.monotonic() < end:
            assert watcher.holders(tmp_path)
            time.sleep(0.02)
        assert watcher.holders(tmp_path)[0].settled


def test_a_lease_of_another_machine_that_stays_as_it_is_expires_on_the_watchers_clock(tmp_path, elsewhere):
    lease = take(tmp_path)
    (file,) = tmp_path.iterdir()
    os.utime(file, (2**32, 2**32))  # its clock is a century ahead
    began = time.monotonic()
    wait_for(tmp_path).release()
    assert FAST["SECONDS"] < time.monotonic() - began < 2 * FAST["SECONDS"]
    with pytest.raises(HeldError, match="may have been taken by another process"):
        lease.require()


def test_a_lease_that_is_renewed_with_less_to_say_stays_whole(tmp_path):
    about = {"note": "a long name that becomes a short one"}
    lease = take(tmp_path, about=about)
    about["note"] = "short"
    lease.renew()
    (holder,) = Watcher().holders(tmp_path)
    assert (holder.pid, holder.about["note"]) == (os.getpid(), "short")
    lease.release()


def test_a_lease_names_one_host_though_the_machine_is_renamed(tmp_path, monkeypatch):
    host = socket.gethostname()
    lease = take(tmp_path)
    monkeypatch.setattr(socket, "gethostname", lambda: "x")
    lease.renew()
    (holder,) = Watcher().holders(tmp_path)
    assert holder.host == host
    lease.release()


@linux
@pytest.mark.parametrize("process", [5, ["x"], "SYSTEM", "SYSTEM/x/3", "SYSTEM/-1/3", "SYSTEM/99999999999/3", "/", ""])
def test_of_a_process_that_is_written_in_another_way_nothing_is_known(tmp_path, process):
    system = process_identity.own_identity().rsplit("/", 2)[0]
    process = process.replace("SYSTEM", system) if isinstance(process, str) else process
    (tmp_path / "x.lease").write_text(json.dumps({"host": "other", "pid": 7, "process": process}))
    (holder,) = Watcher().holders(tmp_path)
    assert (holder.host, holder.pid, holder.settled) == ("other", 7, False)


def test_a_watcher_with_little_patience_waits_no_longer(tmp_path, elsewhere):
    take(tmp_path)
    began = time.monotonic()
    with pytest.raises(HeldError):
        wait_for(tmp_path, patience=0.05)
    assert time.monotonic() - began < FAST["SECONDS"]


@linux
def test_a_process_of_this_machine_that_was_killed_holds_nothing_from_then_on(tmp_path):
    code = (
        f"import os, pathlib; from ganlab.record.lease import take; take(pathlib.Path({str(tmp_path)!r})); os._exit(1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    while not list(tmp_path.iterdir()):
        time.sleep(0.01)
    began = time.monotonic()
    wait_for(tmp_path).release()  # which finds a process that nobody has waited for
    assert time.monotonic() - began < FAST["SECONDS"]
    process.wait()


def test_a_lease_of_a_process_that_died_as_it_made_it_holds_for_a_moment_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(lease_module, "SECONDS", 1000.0)
    (tmp_path / "0.lease").touch()
    assert Watcher().holders(tmp_path)
    began = time.monotonic()
    wait_for(tmp_path).release()
    assert FAST["SECONDS_TO_SAY_WHOSE"] < time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []


def test_who_finds_the_lease_removed_that_it_is_making_takes_the_folder_anew(tmp_path, monkeypatch):
    renew = lease_module.Lease.renew
    removed = []

    def late(lease):
        if not removed:
            removed.append(lease._path)
            lease._path.unlink()
        renew(lease)

    monkeypatch.setattr(lease_module.Lease, "renew", late)
    with hold([tmp_path]):
        assert list(tmp_path.iterdir()) != removed
    assert list(tmp_path.iterdir()) == []


def test_who_removes_a_lease_that_is_in_force_takes_the_right_to_write(tmp_path):
    lease = take(tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(HeldError):
        lease.require()


def test_a_lease_may_be_beside_those_that_agree_with_it(tmp_path):
    with hold([tmp_path], about={"colour": "red"}):
        take(tmp_path, about={"colour": "red"}, beside=lambda other: other.about["colour"] == "red").release()
        with pytest.raises(HeldError):
            take(tmp_path, about={"colour": "blue"}, beside=lambda other: other.about["colour"] == "blue")


CONTENDER = """
import os, random, signal, sys, time
from pathlib import Path
from ganlab.record import lease

for pair in sys.argv[4:]:
    name, _, seconds = pair.partition("=")
    setattr(lease, name, float(seconds))
folder, chance, rounds = Path(sys.argv[1]), random.Random(int(sys.argv[2])), int(sys.argv[3])
if chance.random() < 0.5:
    lease.own_identity = lambda: None  # as if on another machine

def write():
    os.close(os.open(folder / "writing", os.O_CREAT | os.O_EXCL))  # fails if somebody else writes
    time.sleep(chance.uniform(0, 0.003))
    os.unlink(folder / "writing")

def attempt(fate):
    try:
        with lease.hold([folder]) as (own,):
            own.require()
            write()
            if fate == "is killed":
                os._exit(0)
            if fate == "is suspended":
                os.kill(os.getpid(), signal.SIGSTOP)
                own.require()  # raises if somebody has taken the folder meanwhile
                write()
    except lease.HeldError:
        os._exit(3)
    except FileExistsError:
        os._exit(4)
    os._exit(0)

done = 0
while done < rounds:
    fate = chance.choices(["releases", "is killed", "is suspended"], [16, 2, 1])[0]
    chance.random()
    child = os.fork()
    if not child:
        attempt(fate)
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        time.sleep(chance.choice([0.2, 3]) * lease.SECONDS)
        os.kill(child, signal.SIGCONT)
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print(fate, {0: "wrote", 3: "held", 4: "TWO WRITERS"}.get(code, code), sep=": ", flush=True)
    done += code != 3
"""


@linux
@pytest.mark.slow
def test_of_processes_that_race_for_a_folder_no_two_ever_write_whatever_becomes_of_them(tmp_path):
    """200 rounds in which holders release, are killed, or are suspended for longer than their lease."""
    (tmp_path / "contender.py").write_text(CONTENDER)
    folder = tmp_path / "folder"
    folder.mkdir()
    fast = [f"{name}={seconds}" for name, seconds in FAST.items()]
    contenders = [
        subprocess.Popen(
            [sys.executable, tmp_path / "contender.py", folder, str(seed), "50", *fast],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(lease_module.__file__).parents[2])},
        )
        for seed in range(4)
    ]
    outputs = [one.communicate(timeout=300)[0].splitlines() for one in contenders]
    assert [one.returncode for one in contenders] == [0] * 4
    ends = Counter(line for lines in outputs for line in lines)
    wrote = {name: count for name, count in ends.items() if not name.endswith("held")}
    assert sum(wrote.values()) == 200
    assert wrote.keys() == {"releases: wrote", "is killed: wrote", "is suspended: wrote"}
    assert ends["is suspended: held"] > 0
