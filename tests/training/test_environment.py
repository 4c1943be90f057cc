"""Where a run was made."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import pytest
import torch

from ganlab import __version__
from ganlab.record.checkout import own_checkout
from ganlab.training.environment import describe_environment

CPU = torch.device("cpu")


def test_versions_are_those_of_the_installed_packages():
    described = describe_environment(True, 1, CPU).record()
    assert described["ganlab"] == __version__
    assert described["python"] == platform.python_version()
    for key, package in {"numpy": "numpy", "scipy": "scipy", "torch_fidelity": "torch-fidelity"}.items():
        assert described[key] == version(package)


def test_the_commit_is_that_of_the_running_package():
    described, checkout = describe_environment(True, 1, CPU).record(), own_checkout()
    expected = (None, None) if checkout is None else (checkout.commit, checkout.dirty)
    assert (described["git_commit"], described["git_dirty"]) == expected


def test_how_the_program_was_run_is_noted():
    described = describe_environment(False, 7, CPU).record()
    assert (described["compiled"], described["population"], described["device"]) == (False, 7, "cpu")
    assert described["threads"] == torch.get_num_threads()
    assert described["cores"] >= 1
    assert described["processor"].strip()
    assert described["gpu"] is None


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
def test_a_gpu_is_named():
    device = torch.device("cuda")
    assert describe_environment(True, 1, device).record()["gpu"] == torch.cuda.get_device_name(device)


def test_a_description_is_json_that_reads_back_the_same():
    described = describe_environment(True, 1, CPU).record()
    assert json.loads(json.dumps(described)) == described
