"""A trained generator, from its run directory."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganlab.data import Data
from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.tracking import RunDirectory, write_whole
from ganlab.training import checkpoint
from ganlab.training.member import Member, State
from ganlab.training.record import draw_samples
from ganlab.training.setup import build_member, load_data
from ganlab.training.spec import REVISION, RunSpec


class Trained:
    """A member as its checkpoint holds it."""

    def __init__(self, spec: RunSpec, member: Member, state: State, data: Data) -> None:
        self.spec = spec
        self._member = member
        self._state = state
        self._data = data

    def sample(self, count: int, seed: int = 0) -> NDArray[np.float32]:
        """`count` samples [count, *sample_shape] in the data's own units; they depend on `seed` alone."""
        samples = draw_samples(self._member, self.spec, self._state, count, "sample", seed)
        return self._data.to_data_units(samples).numpy()


def read_spec(run: RunDirectory) -> RunSpec:
    """The spec of a recorded run.

    Raises:
        InputError: it was made by another revision of training than this one.
    """
    recorded = run.spec()
    if recorded.get("revision") != REVISION:
        raise InputError(
            f"{run.path} was made by revision {recorded.get('revision')} of ganlab's training and this is "
            f"revision {REVISION}; install the ganlab that its summary.json names"
        )
    values = {name: value for name, value in recorded.items() if name in RunSpec.model_fields}
    return parse(RunSpec, values, str(run.path / "spec.json"))


def load_trained(run: RunDirectory) -> Trained:
    """The generator of `run`, as of its last checkpoint.

    Raises:
        InputError: the run has no checkpoint, or its data cannot be read.
    """
    spec = read_spec(run)
    if not run.checkpoint_path.exists():
        raise InputError(f"{run.path} has no checkpoint yet; run its sweep first")
    data = load_data(spec)
    member = build_member(spec, data.sample_shape)
    _, state = checkpoint.load(run.checkpoint_path, like=member.initial_state())
    return Trained(spec, member, state, data)


def save_array(path: Path, array: NDArray[np.float32]) -> None:
    """Write `array` to the NPY file `path`, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    buffer = io.BytesIO()
    np.save(buffer, array)
    try:
        write_whole(path, buffer.getvalue())
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
