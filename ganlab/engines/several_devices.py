"""One job on several devices: who does it, and the processes that are started for it on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess

import torch

from ganlab.engines.job import Job, Outcome
from ganlab.processes import Channel, context, end_with, without_main_module
from ganlab.training.follower import Follower, Order
from ganlab.training.iterations import Report
from ganlab.training.ranks import ALONE, PATIENCE, RankLostError, Ranks, TCPStore, joined

OF_TORCHRUN = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""The variables by which torchrun tells a process who it is."""
HERE = "127.0.0.1"
SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_END = 2.0
"""That processes have to say what ended them, before they are ended."""

Follow = Callable[[Job, Ranks, TCPStore], Outcome]
"""What a process does beside the one that leads a job."""


def ranks_of_torchrun() -> Ranks:
    """This process among those that torchrun started; alone where it was not torchrun that did."""
    if not all(name in os.environ for name in OF_TORCHRUN):
        return ALONE
    rank, local_rank, size = (int(os.environ[name]) for name in OF_TORCHRUN[:3])
    return Ranks(size=size, rank=rank, local_rank=local_rank)


@contextmanager
def met(job: Job, ranks: Ranks, store: TCPStore | None, follow: Follow) -> Iterator[Ranks]:
    """All who do `job`, who have met: the `ranks` that there are, or as many as the job takes, which are started.

    Args:
        job: what they do.
        ranks: this process among those that were started already, or alone.
        store: where these meet; None if torchrun started them.
        follow: what processes do that are started here; a function that can be pickled.

    Raises:
        InputError: there is no device for this one.
        RankLostError: they do not come.
    """
    with ExitStack() as stack:
        leads = ranks.size == 1 and job.devices_per_run > 1
        if leads:
            ranks = Ranks(size=job.devices_per_run)
        device = ranks.device(job.device)
        if leads:
            store = stack.enter_context(_followers(job, ranks.size, follow))
        elif store is not None:
            store.set(_arrived(ranks.rank), "")
        if ranks.size > 1:
            stack.enter_context(joined(ranks, device, store))
        yield ranks


def follow_orders(ranks: Ranks, device: torch.device, report: Report, should_stop: Callable[[], bool]) -> Outcome:
    """Train with rank 0 what it says, until it says how its job went.

    Raises:
        RankLostError: another rank is gone while they train.
    """
    while True:
        try:
            order = ranks.broadcast()
        except RankLostError:  # before or after training, where rank 0 says itself what has ended it
            return Outcome(kind="refused")
        if not isinstance(order, Order):
            return Outcome(kind=order)
        Follower(order, device, ranks).run(report, should_stop)


@contextmanager
def _followers(job: Job, size: int, follow: Follow) -> Iterator[TCPStore]:
    """Have as many processes as `size` do `job` with this one, which end with it; gives where they have met.

    Raises:
        RankLostError: one of them has ended before.
    """
    _stay_on_this_machine()
    listener = socket.create_server((HERE, 0))  # the store's own listens to all machines
    port = listener.getsockname()[1]
    store = TCPStore(HERE, port, size, True, PATIENCE, wait_for_workers=False, master_listen_fd=listener.detach())
    here = os.environ.get("CUDA_VISIBLE_DEVICES")
    processes, channels = [], []
    for rank in range(1, size):
        channel, far_end = context().Pipe(duplex=False)
        ranks = Ranks(size=size, rank=rank, local_rank=rank)
        arguments = (job, ranks, store.port, here, far_end, follow)
        process = context().Process(target=_be_follower, args=arguments, daemon=True)
        with without_main_module():
            process.start()
        far_end.close()
        processes.append(process)
        channels.append(channel)
    try:
        _wait_for(processes, store)
        yield store
    finally:
        for process in processes:
            process.join(SECONDS_TO_END)
        for channel in channels:
            channel.close()  # which ends those that are left


def _wait_for(processes: Sequence[BaseProcess], store: TCPStore) -> None:
    """Wait until all followers have arrived where the processes meet.

    Raises:
        RankLostError: one of them has ended before.
    """
    names = [_arrived(rank) for rank in range(1, len(processes) + 1)]
    while not store.check(names):
        for rank, process in enumerate(processes, start=1):
            if process.exitcode is not None:
                of = f"process {rank + 1} of {len(processes) + 1}"
                raise RankLostError(f"{of} ended, with status {process.exitcode}, before it could train")
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _arrived(rank: int) -> str:
    return f"arrived {rank}"


def _be_follower(job: Job, ranks: Ranks, port: int, devices: str | None, channel: Channel, follow: Follow) -> None:
    """Do `job` as one of `ranks` that are not the first, in a process that ends when the first does."""
    end_with(channel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stay_on_this_machine()
    if devices is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices
    store = TCPStore(HERE, port, ranks.size, is_master=False, timeout=PATIENCE)
    outcome = follow(job, ranks, store)
    if outcome.reason:
        print(f"ganlab: process {ranks.rank + 1} of {ranks.size}: {outcome.reason}", file=sys.stderr)
    sys.exit(outcome.exit_code)


def _stay_on_this_machine() -> None:
    """Have gloo listen where only this machine can reach it, unless told otherwise."""
    if sys.platform == "linux":
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
