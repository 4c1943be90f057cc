"""A real Slurm of one node on this machine's loopback, with two cores and two partitions, one of which preempts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
SECONDS_TO_END = 20.0
PATH = f"{os.environ['PATH']}:/usr/sbin"

CONFIGURATION = """
ClusterName=loop
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=2
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort=26817
SlurmdPort=26818
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,batch_sched_delay=0,bf_interval=2,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=20
JobRequeue=1
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=usual Nodes=ALL Default=YES PriorityTier=1 GraceTime=20 State=UP
PartitionName=urgent Nodes=ALL PriorityTier=2 State=UP
"""


def why_not() -> str:
    """Why Slurm cannot be started here; "" if it can."""
    lacking = [name for name in NEEDED if not shutil.which(name, path=PATH)]
    if lacking:
        return f"Slurm is not installed: there is no {', '.join(lacking)}"
    return "" if os.geteuid() == 0 else "Slurm's daemons are started as root"


class LoopbackSlurm:
    """It, from its start on.

    Attributes:
        environment: of processes that are to find it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir(parents=True)
        munge = folder / "munge"
        munge.chmod(0o700)
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o400)
        (folder / "slurm.conf").write_text(CONFIGURATION.format(folder=folder))
        files = {"key-file": "key", "socket": "socket", "log-file": "log", "pid-file": "pid", "seed-file": "seed"}
        self._call("munged", "--force", *(f"--{option}={munge / file}" for option, file in files.items()))
        self._call("slurmctld")
        self._call("slurmd", "-N", "localhost")
        end = time.monotonic() + 60
        while "idle" not in self.ask("sinfo", "-h", "-o", "%T"):
            assert time.monotonic() < end, (folder / "slurmctld.log").read_text()[-2000:]
            time.sleep(0.2)

    def ask(self, *command: str) -> str:
        """What a command of Slurm prints."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True).stdout

    def close(self) -> None:
        """Cancel all jobs and end the daemons, with what is left of their tasks."""
        self._call("scancel", "--user=root")
        for file in ("slurmctld.pid", "slurmd.pid", "munge/pid"):
            _end(int((self.folder / file).read_text()))
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):  # of processes that end meanwhile
                if str(self.folder).encode() in environment.read_bytes():
                    os.kill(int(environment.parent.name), signal.SIGKILL)

    def _call(self, *command: str) -> None:
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _end(pid: int) -> None:
    """Have a process end, and kill it if it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        end = time.monotonic() + SECONDS_TO_END
        while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
            time.sleep(0.1)
