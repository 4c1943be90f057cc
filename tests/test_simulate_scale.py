"""The model of how sweeps scale: its closed forms and laws; and how operations are counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import measure_scale
import pytest
import simulate_scale
from hypothesis import given
from hypothesis import strategies as st
from simulate_scale import Costs, Sweep, mean_values, solve

COSTS = Costs(
    plan=4,
    train=60,
    read=6,
    look=6,
    checkpoint=12,
    renewal=1,
    looking=4e-5,
    planner=0.001,
    mirror=0.01,
    start=10,
    interval=15,
)
DEMANDS = st.lists(st.floats(0, 10), min_size=1, max_size=4)
THINKING = st.floats(0.1, 1000)


@given(THINKING, DEMANDS)
def test_one_gpu_waits_for_nobody(thinking, demands):
    throughput, times = mean_values(1, thinking, demands)
    assert times == demands
    assert throughput == pytest.approx(1 / (thinking + sum(demands)))


@given(st.integers(1, 60), THINKING, DEMANDS)
def test_throughput_lies_between_the_bounds_of_operational_analysis(gpus, thinking, demands):
    """Those of Denning and Buzen (1978): utilisation at most one, and no more than without queues."""
    throughput, times = mean_values(gpus, thinking, demands)
    total, largest = sum(demands), max(demands)
    assert throughput <= gpus / (thinking + total) * (1 + 1e-9)
    assert throughput * largest <= 1 + 1e-9
    assert throughput >= gpus / (thinking + gpus * total) * (1 - 1e-9)
    assert throughput * (thinking + sum(times)) == pytest.approx(gpus)  # Little's law


@given(st.integers(1, 40), st.floats(0.1, 100), st.floats(0.01, 10))
def test_one_server_is_that_of_the_machine_repairmen(gpus, thinking, demand):
    """The busy share of one exponential server with a finite population, in Erlang's closed form."""
    weight, total = 1.0, 1.0
    for present in range(1, gpus + 1):
        weight *= (gpus - present + 1) * demand / thinking
        total += weight
    assert mean_values(gpus, thinking, [demand])[0] * demand == pytest.approx(1 - 1 / total)


@given(st.integers(1, 1000), st.integers(1, 100_000), st.floats(1, 1e5), st.floats(10, 1e6))
def test_a_faster_file_server_is_never_slower(gpus, runs, seconds, operations):
    sweep = Sweep(gpus=gpus, runs=runs, seconds=seconds, operations=operations)
    slow, fast = solve(COSTS, sweep), solve(COSTS, replace(sweep, operations=2 * operations))
    assert fast.hours <= slow.hours * (1 + 1e-9)
    assert fast.efficiency >= slow.efficiency * (1 - 1e-9)


@given(st.integers(1, 300), st.integers(1, 1000))
def test_more_gpus_use_every_server_more_and_are_no_more_efficient(gpus, populations):
    """As long as populations keep their size."""
    sweep = Sweep(gpus=gpus, runs=populations * 300, members=1)
    few, more = solve(COSTS, sweep), solve(COSTS, replace(sweep, gpus=gpus + 1))
    assert all(more.used[name] >= few.used[name] * (1 - 1e-9) for name in few.used)
    assert all(0 <= few.used[name] <= 1 for name in ("metadata", "scheduler"))
    assert 0 < few.efficiency <= 1


def test_without_costs_all_of_the_time_is_training():
    nothing = Costs(
        plan=0, train=0, read=0, look=0, checkpoint=0, renewal=0, looking=0, planner=0, mirror=0, start=0, interval=15
    )
    sweep = Sweep(gpus=10, runs=3200, operations=1e12, starts=1e12)
    solution = solve(nothing, sweep)
    assert solution.efficiency == pytest.approx(1)
    assert solution.hours == pytest.approx(100 * 600 / 10 / 3600)


def test_what_the_launcher_looks_at_is_taken_from_the_metadata_server():
    few, many = (Sweep(gpus=1000, runs=100_000, looks=looks) for looks in (200, 1e9))
    assert [one.looks_a_second for one in (few, many)] == [200, 2002]
    assert solve(COSTS, few).used["launcher"] == pytest.approx(200 * 4e-5)
    assert solve(COSTS, few).hours < solve(COSTS, many).hours


def test_operations_of_a_population_are_the_sum_of_its_parts():
    sweep = Sweep(gpus=1, runs=32, seconds=60)
    of_run = 60 + 12 * 3 + 1 * 60 / 15
    assert simulate_scale.operations_of_population(COSTS, sweep) == of_run * 32 + 6 * 60


def test_what_is_full_is_named_with_its_remedy():
    sweep = Sweep(gpus=1000, runs=100_000, operations=100)
    assert simulate_scale.bottleneck(sweep, solve(COSTS, sweep))[0] == "metadata"
    sweep = Sweep(gpus=1000, runs=100_000, operations=1e6)
    name, remedy = simulate_scale.bottleneck(sweep, solve(COSTS, sweep))
    assert (name, remedy) == ("W&B rows", "WANDB_MODE=offline, then ganlab wandb sync")
    sweep = Sweep(gpus=1000, runs=1500, requests=1e9, operations=1e6)
    assert simulate_scale.bottleneck(sweep, solve(COSTS, sweep))[0] == "too few populations for the GPUs"


PAGE = Path(simulate_scale.MEASURED).with_name("scaling.md")


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_the_page_has_what_the_measured_costs_give(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["simulate_scale.py"])
    assert simulate_scale.main() == 0
    page = PAGE.read_text("utf-8")
    tables = capsys.readouterr().out.strip().split("\n\n")
    assert [table in page for table in tables] == [True, True, True]


LOG = """\
7 openat(AT_FDCWD</home>, "/runs/scale/a/0f.lease", O_RDWR|O_CREAT|O_EXCL) = 3</runs/scale/a/0f.lease>
7 newfstatat(AT_FDCWD</home>, "/runs/scale/a/summary.json", 0x7ffd, 0) = -1 ENOENT (No such file or directory)
8 fsync(5</runs/scale/a/.metrics.jsonl.9a.tmp>) = 0
8 rename("/runs/scale/a/.metrics.jsonl.9a.tmp", "/runs/scale/a/metrics.jsonl" <unfinished ...>
8 <... rename resumed>) = 0
9 openat(AT_FDCWD</home>, "/usr/lib/libc.so.6", O_RDONLY) = 3</usr/lib/libc.so.6>
9 getdents64(3</runs/scale/a>, 0x55d0 /* 5 entries */, 32768) = 152
9 unlink("/runs/scale/a/samples/00000100.npz") = 0
"""


def test_calls_that_name_a_file_of_the_sweep_are_counted_once_by_its_kind():
    counts = measure_scale.count_operations(LOG, "/runs/scale")
    assert counts == {"lease": 1, "summary": 1, "rows": 2, "folders": 1, "samples": 1}
