"""Fixtures of sweeps on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_sweep import Sweep


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    folder = tmp_path / "gaussian_1d"
    folder.mkdir()
    return Sweep(folder)
