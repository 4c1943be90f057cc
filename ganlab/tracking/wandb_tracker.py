"""Runs shown in Weights & Biases.

wandb is imported when the first run starts: in the process that shows runs, and in no other.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import BaseFileLock

from ganlab.extras import install, is_installed
from ganlab.record import SpecFile, Summary
from ganlab.record.files import for_shell, read_json, to_json, write_json
from ganlab.record.sweep_index import read_index
from ganlab.text import counted, one_line
from ganlab.tracking.wandb_folder import is_uploaded, lock_of, remove_earlier
from ganlab.tracking.wandb_login import why_not_online
from ganlab.tracking.wandb_server import OnServer, missing
from ganlab.tracking.wandb_settings import MODES, Mode, client_mode, is_disabled, lean_settings
from ganlab.workarounds.wandb_service import lost_by_service

if TYPE_CHECKING:
    import wandb

LONGEST_TAG = 64
LONGEST_NAME = 128
"""Characters; W&B refuses longer tags and names, and its client calls files after ids."""

SPEC = "spec_json"
"""The config key that holds ``spec.json`` as one text.

W&B's client sorts the keys of what is nested and writes 1.0 as 1; a text comes back as it was sent.
"""

SUMMARY = "summary_json"
"""The summary key that holds ``summary.json`` as one text; only a run that is done has it."""

POSITION = "sweep_position"
"""The config key that says where in ``sweep.json`` the run is listed; null if it is not."""


class WandbSession:
    """What all W&B runs of a process share: the mode, and where the runs were sent.

    The mode is the one that ``WANDB_MODE`` or W&B's settings files ask for. Otherwise it is online if there
    is a login that the server accepts, and offline if not. If the server fails to start a run later, the runs
    after that one are offline. Where wandb is not installed, there is no mode but disabled, and `report` says so.

    Args:
        uploads: whether all runs are to be brought to the server, to which there is a login; those too that were
            recorded offline.
    """

    def __init__(self, uploads: bool = False) -> None:
        self.uploads = uploads
        self._mode: Mode | None = "online" if uploads else None
        self._why_offline = ""
        self._notes: list[str] = []
        self._online: Counter[str] = Counter()
        self._offline: Counter[Path] = Counter()

    def start(self, spec: SpecFile, folder: Path) -> wandb.Run | None:
        """Start the W&B run for `spec` in the run directory `folder`; None if W&B is disabled.

        Its files go to ``wandb``, beside the run directory.
        """
        if self._mode is None:
            self._mode = self._wanted_mode(folder.parent)
        if self._mode == "disabled":
            return None
        if self._mode == "online":
            run = self._start_online(spec, folder)
            self._online[run.project_url or ""] += 1
        else:
            run = self._init(spec, folder, "offline")
            self._offline[folder.parent] += 1
        return run

    def report(self) -> list[str]:
        """Where the runs were sent, and how to upload those recorded offline; one line each."""
        online = [f"W&B: {counted(count, 'run')} at {url}" for url, count in self._online.items()]
        offline = [
            f"W&B: {counted(count, 'run')} offline ({self._why_offline}); upload later with: "
            f"ganlab wandb sync {for_shell(folder)}"
            for folder, count in self._offline.items()
        ]
        return self._notes + online + offline

    def _wanted_mode(self, sweep: Path) -> Mode:
        asked = os.environ.get("WANDB_MODE", "")
        if is_disabled():
            return "disabled"
        if not is_installed("wandb"):
            self._notes.append(
                "W&B: not mirrored, as wandb is not installed; to have these runs there: "
                f"{install('wandb')} && ganlab wandb sync {for_shell(sweep)}"
            )
            return "disabled"
        if asked and asked not in MODES:
            self._notes.append(f"W&B: ignored WANDB_MODE={asked!r}; it knows online, offline and disabled")
        mode = client_mode()
        if mode == "offline":
            self._why_offline = "as its settings ask"
        if mode != "online":
            return mode
        self._why_offline = why_not_online()
        return "offline" if self._why_offline else "online"

    def _start_online(self, spec: SpecFile, folder: Path) -> wandb.Run:
        from wandb.errors import CommError

        try:
            return self._init(spec, folder, "online")
        except CommError as fault:  # wandb cannot start this run once more, but others offline
            if not self.uploads:
                self._mode, self._why_offline = "offline", " ".join(str(fault).split())
            raise

    def _init(self, spec: SpecFile, folder: Path, mode: Literal["online", "offline"]) -> wandb.Run:
        import wandb

        tags = dict.fromkeys(
            _shortened(text, LONGEST_TAG) for text in (spec.sweep, spec.spec.variant, spec.spec.dataset)
        )
        return wandb.init(
            project=wandb.setup().settings.project or "ganlab",
            id=_shortened(f"{spec.sweep}-{spec.id}"),  # an id is the same in every sweep that has the run
            name=_shortened(spec.id),
            group=group_of(spec),
            job_type="train",
            tags=list(tags),
            config={**spec.record(), SPEC: to_json(spec.record()), POSITION: _position(folder)},
            dir=str(folder.parent),
            mode=mode,
            resume="allow" if mode == "online" else None,
            reinit="create_new",
            settings=lean_settings(),
        )


class WandbTracker:
    """One run as one W&B run, with its name and in the group of its cell.

    It is told in this order: `start`, any number of `log` and `image`, `finish`. Global steps are non-decreasing. Each
    may raise any exception; the caller handles all of them.

    W&B's step is the global step. An interrupted run continues: online after the server's last row, with those
    pictures of earlier rows that the server lacks; offline in a new folder with all rows that were not uploaded, after
    which the earlier folder is removed. ``wandb.json`` in the run directory records the progress: `id`, `mode`,
    `folder` (below the sweep's), `first_step` and `last_step` (of what the folder holds), `complete`. A run that is
    complete is not sent again, unless it is complete offline and the session uploads.

    Nulls of rows are sent as NaN, which is how W&B represents a number that is not finite.
    """

    def __init__(self, session: WandbSession) -> None:
        self._session = session
        self._run: wandb.Run | None = None
        self._lock: BaseFileLock | None = None
        self._on_server: OnServer | None = None
        self._steps: list[int] = []
        self._state_path = Path()
        self._state: dict[str, Any] = {}

    def start(self, spec: SpecFile, folder: Path) -> None:
        """Begin with the run that `spec` describes and that is recorded in the run directory `folder`."""
        self._state_path = folder / "wandb.json"
        earlier = read_json(self._state_path) if self._state_path.exists() else None
        if earlier is not None and is_sent(earlier, self._session.uploads):
            return
        self._run = self._session.start(spec, folder)
        if self._run is None:
            return
        self._run.define_metric("*", step_metric="global_step")
        files = Path(self._run.sync_dir)
        self._lock = lock_of(files)
        self._lock.acquire()
        first_step = self._run.starting_step
        if self._run.offline and earlier is not None:
            first_step = _steps_sent(earlier, folder.parent)
        self._state = {
            "id": self._run.id,
            "mode": "offline" if self._run.offline else "online",
            "folder": f"wandb/{files.name}",
            "first_step": first_step,
            "last_step": None,
            "complete": False,
        }
        write_json(self._state_path, self._state)
        remove_earlier(files, self._run.id)

    def log(self, global_step: int, numbers: Mapping[str, float | None]) -> None:
        """Show one row of numbers; None is one that is not finite."""
        self._steps.append(global_step)
        if self._run is not None and global_step >= self._state["first_step"]:
            row = {name: math.nan if number is None else number for name, number in numbers.items()}
            self._run.log({"global_step": global_step, **row}, step=global_step)
        self._state["last_step"] = global_step

    def image(self, global_step: int, name: str, path: Path) -> None:
        """Show the picture in the file at `path`."""
        if self._run is None:
            return
        import wandb

        first = self._state["first_step"]
        if global_step < first and (self._run.offline or self._of_server().has_picture(global_step, name, path)):
            return
        self._run.log({"global_step": global_step, name: wandb.Image(str(path))}, step=max(first, global_step))
        self._state["last_step"] = max(first, global_step)

    def _of_server(self) -> OnServer:
        """What the server had of the run when this first asked."""
        if self._on_server is None:
            assert self._run is not None
            self._on_server = OnServer(self._run.path)
        return self._on_server

    def finish(self, summary: Summary | None) -> None:
        """End with the run's summary, or with None if the run was stopped before it had one."""
        if self._run is None or self._lock is None:
            return
        status = summary.status if summary else "stopped"
        self._run.summary.update(_flat(summary) if summary else {"status": status})
        if status != "finished":
            self._run.tags = (*(self._run.tags or ()), status)
        try:
            self._run.finish(exit_code=0 if status == "finished" else 1)
        finally:
            self._lock.release()
        self._require_sent()
        write_json(self._state_path, self._state | {"complete": summary is not None})

    def _require_sent(self) -> None:
        """Check that an online run has been taken in.

        Raises:
            RuntimeError: it has not.
        """
        assert self._run is not None
        if self._run.offline:
            return
        if lost := lost_by_service(Path(self._run.sync_dir)):
            raise RuntimeError(f"W&B's client gave up: {lost}")
        if self._session.uploads and (lacking := missing(self._run.path, self._steps)):
            raise RuntimeError(f"W&B's server does not show {lacking} of what it was sent")


def is_sent(state: Mapping[str, Any], uploads: bool) -> bool:
    """Whether nothing of a run with this ``wandb.json`` is left to do, for a session that `uploads` or not."""
    return bool(state["complete"]) and (state["mode"] == "online" or not uploads)


def group_of(spec: SpecFile) -> str:
    """The W&B group of a run: its cell, ``<sweep>/<dataset>/<label>``."""
    return _shortened(f"{spec.sweep}/{spec.spec.dataset}/{spec.spec.label}")


def _shortened(text: str, longest: int = LONGEST_NAME) -> str:
    """`text` on one line; of one that is too long the beginning and a hash, which keeps different texts different."""
    line = one_line(text)
    if len(line) <= longest:
        return line
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{line[: longest - len(digest) - 1]}-{digest}"


def _flat(summary: Summary) -> dict[str, Any]:
    """The whole summary as a text, and what to sort and filter runs by: ``status``, ``diverged_at``,
    ``final/<metric>``, ``best/<metric>``.
    """
    numbers = {
        "diverged_at": summary.diverged_at,
        **{f"final/{metric}": value for metric, value in summary.final.items()},
        **{f"best/{metric}": best.value for metric, best in summary.best.items()},
    }
    return {
        "status": summary.status,
        SUMMARY: to_json(summary.record()),
        **{key: value for key, value in numbers.items() if value is not None},
    }


def _steps_sent(earlier: Mapping[str, Any], sweep: Path) -> int:
    """The first step that W&B's server lacks of a run whose `earlier` state is known.

    Where its last step is unknown, because the mirror was killed, rows may be sent twice.
    """
    sent = earlier["mode"] == "online" or is_uploaded(sweep / earlier["folder"])
    first, last = earlier.get("first_step", 0), earlier.get("last_step")
    return int(last + 1 if sent and last is not None else first)


def _position(folder: Path) -> int | None:
    """Where the sweep's index lists the run directory `folder`."""
    index = read_index(folder.parent)
    return index.runs.index(folder.name) if index and folder.name in index.runs else None
