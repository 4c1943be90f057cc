"""A member's state on disk. Random streams need none: they are functions of the seed and the iteration."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils._pytree import keystr, tree_flatten_with_path, tree_unflatten

from ganlab import checkpoint_file
from ganlab.checkpoint_file import CheckpointFile, read_checkpoint
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.files import for_shell
from ganlab.record.run_files import DAMAGED_CHECKPOINT
from ganlab.record.spec import RunSpec
from ganlab.training.state import State
from ganlab.variants import Parameters


def named_leaves(state: State) -> dict[str, Tensor]:
    """Every tensor of a member's state by its path, for example ``".players['generator'].parameters['1.weight']"``."""
    leaves, _ = tree_flatten_with_path(state)
    return {keystr(path): leaf for path, leaf in leaves}


def fingerprint(state: State) -> str:
    """A SHA-256 over every bit of a member's state."""
    return checkpoint_file.fingerprint(named_leaves(state))


def save(run: RunDirectory, spec: RunSpec, iteration: int, state: State) -> None:
    """Write a member's `state` after `iteration` iterations, whole or not at all; the checkpoint before it is kept.

    Raises:
        OSError: it cannot be written. The checkpoints that were there still are.
        InputError: what was written is not what is read. So they are then.
    """
    content = CheckpointFile(spec_sha256=spec.sha256, iteration=iteration, state=named_leaves(state))
    run.require_hold()
    content.write(run.next_checkpoint_path)
    try:
        read_checkpoint(run.next_checkpoint_path, str(run.next_checkpoint_path), spec.sha256)
    except InputError as error:
        raise InputError(f"what is read is not what was written: {error}; choose another disk for the runs") from None
    run.require_hold()
    if run.checkpoint_path.exists():
        run.checkpoint_path.replace(run.previous_checkpoint_path)
    run.next_checkpoint_path.replace(run.checkpoint_path)


@dataclass(frozen=True, kw_only=True)
class Found:
    """The latest whole checkpoint of a run.

    Attributes:
        fault: what is wrong with a later one, in words; empty if there is none.
    """

    content: CheckpointFile
    fault: str

    def state(self, like: State) -> State:
        """The state, in the structure of `like`.

        Raises:
            InputError: it is not the state of such networks.
        """
        paths, structure = tree_flatten_with_path(like)
        state: State = tree_unflatten([self._leaf(keystr(path), expected) for path, expected in paths], structure)
        return state

    def parameters(self, path: str, network: nn.Module) -> Parameters:
        """Those of `network` that the state holds under `path`.

        Raises:
            InputError: they are not those of such a network.
        """
        return {name: self._leaf(f"{path}['{name}']", value) for name, value in network.named_parameters()}

    @property
    def alive(self) -> bool:
        """Whether the member had not diverged.

        Raises:
            InputError: the state does not say so.
        """
        return bool(self._leaf(".alive", torch.tensor(True)))

    def _leaf(self, name: str, expected: Tensor) -> Tensor:
        leaf = self.content.state.get(name)
        if leaf is None or leaf.shape != expected.shape or leaf.dtype != expected.dtype:
            raise InputError(f"the checkpoint's state has no {name} as this run's networks need it")
        return leaf


def find(run: RunDirectory, spec: RunSpec) -> Found | None:
    """The latest checkpoint of `run` that is whole and its own, or None where it has none yet.

    Raises:
        InputError: there are some, and all of them are damaged or another run's.
    """
    faults: list[str] = []
    for path in (run.checkpoint_path, run.previous_checkpoint_path):
        if path.exists():
            try:
                return Found(content=read_checkpoint(path, str(path), spec.sha256), fault="".join(faults[:1]))
            except InputError as error:
                faults.append(str(error))
    if faults:
        raise InputError(f"{faults[0]}; to train the run anew, remove its folder: rm -r {for_shell(run.path)}")
    return None


def require(run: RunDirectory, spec: RunSpec) -> Found:
    """The latest checkpoint of `run`; that of a run that is done is the one that its summary tells of.

    Raises:
        InputError: it has none, or only damaged ones or another's.
    """
    found = find(run, spec)
    summary = run.summary()
    if found is None and summary is None:
        raise InputError(f"{run.path} has no checkpoint yet; run its sweep first")
    if found is None:
        fault = f"{run.checkpoint_path} is not there"
    elif summary is None:
        return found
    elif found.fault or checkpoint_file.fingerprint(found.content.state) == summary.state_sha256:
        fault = found.fault
    else:
        fault = f"{run.checkpoint_path} does not hold the state that summary.json tells of"
    if found is None or fault:
        raise InputError(
            f"{fault}; bring back the one that the run ended with, or remove the run's folder and launch its sweep "
            f"again to train it anew: rm -r {for_shell(run.path)}"
        )
    return found


def set_damaged_aside(run: RunDirectory) -> None:
    """Keep a damaged checkpoint from taking the place of the whole one before it."""
    run.checkpoint_path.replace(run.path / DAMAGED_CHECKPOINT)
