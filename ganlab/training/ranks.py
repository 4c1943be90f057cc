"""The processes that train one population together, each on its own slice of every batch: torch's ranks.

All of them hold the whole state and draw the whole batch, of which each computes on its slice. What objectives give is
averaged over the ranks, bit by bit alike on all of them, before it is used, so that the ranks' states stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed import TCPStore as TCPStore  # type: ignore[attr-defined]  # of which torch tells no type checker
from torch.utils._pytree import tree_flatten, tree_unflatten

from ganlab.errors import InputError
from ganlab.training.devices import find_device, is_out_of_memory
from ganlab.training.streams import CPU

PATIENCE = timedelta(minutes=30)
"""That a rank waits for the others, such as for rank 0 while it evaluates."""


class RankLostError(Exception):
    """Another rank has ended, or has not answered for `PATIENCE`."""


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """All ranks, as one of them sees them.

    Attributes:
        size: how many there are.
        rank: which this one is; rank 0 leads, and it alone writes.
        local_rank: which this one is of those on this machine, by which it takes its GPU.
    """

    size: int = 1
    rank: int = 0
    local_rank: int = 0

    def slice_of(self, batch_size: int) -> slice:
        """The samples of a batch that are this rank's."""
        share = batch_size // self.size
        return slice(self.rank * share, (self.rank + 1) * share) if self.size > 1 else slice(None)

    def device(self, name: str) -> torch.device:
        """The device called `name` as `find_device` has it, one for each rank of this machine.

        Raises:
            InputError: this machine has not so many.
        """
        device = find_device(name)
        if self.size == 1 or device.type == "cpu":
            return device
        if device.type != "cuda" or device.index is not None:
            raise InputError(f"one member is trained on {self.size} devices, and '{name}' is one; use cpu or cuda")
        count = torch.cuda.device_count()
        if self.local_rank >= count:
            raise InputError(
                f"process {self.local_rank + 1} of this machine has no GPU of its own: torch sees {count} here; start "
                "as many processes as there are GPUs"
            )
        return torch.device("cuda", self.local_rank)

    def mean(self, tree: Any) -> Any:
        """The mean over all ranks of each tensor in `tree`, in one exchange; it may be part of a compiled update.

        What is not finite on one rank is not finite on any.
        """
        if self.size == 1:
            return tree
        leaves, structure = tree_flatten(tree)
        flat = _mean_over_ranks(torch.cat([leaf.float().flatten() for leaf in leaves]))
        parts = flat.split([leaf.numel() for leaf in leaves])
        means = [part.view(leaf.shape).to(leaf.dtype) for part, leaf in zip(parts, leaves, strict=True)]
        return tree_unflatten(means, structure)

    def largest(self, number: int) -> int:
        """The largest of the numbers that the ranks give."""
        if self.size == 1:
            return number
        found = torch.tensor(number)
        with _losses_named():
            dist.all_reduce(found, dist.ReduceOp.MAX)
        return int(found)

    def broadcast(self, thing: Any = None) -> Any:
        """The `thing` that rank 0 gives, on all ranks; it is pickled."""
        if self.size == 1:
            return thing
        things = [thing]
        with _losses_named():
            dist.broadcast_object_list(things, src=0, device=CPU)
        return things[0]

    def require_equal(self, text: str, what: str) -> None:
        """Check that all ranks give the same `text`.

        Raises:
            InputError: they do not; it says of `what`.
        """
        if self.size == 1:
            return
        texts: list[Any] = [None] * self.size
        with _losses_named():
            dist.all_gather_object(texts, text)
        unlike = [rank for rank, other in enumerate(texts) if other != texts[0]]
        if unlike:
            raise InputError(
                f"{what} differs between rank 0 and rank {unlike[0]}, which must compute the same bits; run all ranks "
                "on the same kind of device with the same versions; the last checkpoint is kept"
            )


ALONE = Ranks()
"""One process, on one device."""


@contextmanager
def joined(ranks: Ranks, device: torch.device, store: TCPStore | None = None) -> Iterator[None]:
    """Meet the other ranks, and part from them at the end.

    Args:
        ranks: those that are to meet.
        device: on which this one trains.
        store: where they meet; by default where torchrun's environment says.

    Raises:
        RankLostError: they do not come.
    """
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    if device.type == "cuda":
        torch.cuda.set_device(device)
    with _losses_named():
        dist.init_process_group(backend, store=store, rank=ranks.rank, world_size=ranks.size, timeout=PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def _losses_named() -> Iterator[None]:
    """Say so in one sentence if another rank is gone.

    Raises:
        RankLostError: one is.
    """
    try:
        yield
    except RuntimeError as error:  # of which torch's own kinds are, and gloo has no other
        if is_out_of_memory(error):
            raise
        lines: Sequence[str] = str(error).strip().splitlines() or [type(error).__name__]
        raise RankLostError(f"another process of this training ended or does not answer ({lines[0]})") from error


@torch.library.custom_op("ganlab::mean_over_ranks", mutates_args=())
def _mean_over_ranks(numbers: Tensor) -> Tensor:
    """The mean over all ranks of each of `numbers`, of any shape."""
    total = numbers.clone(memory_format=torch.contiguous_format)
    with _losses_named():
        dist.all_reduce(total)
    return total / dist.get_world_size()


@_mean_over_ranks.register_fake
def _(numbers: Tensor) -> Tensor:
    return torch.empty_like(numbers, memory_format=torch.contiguous_format)


_mean_over_ranks.register_vmap(lambda info, in_dims, numbers: (_mean_over_ranks(numbers), in_dims[0]))
