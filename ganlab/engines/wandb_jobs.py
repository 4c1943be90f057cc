"""The jobs that a W&B sweep names, as a file in the sweep's folder that its trials read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ganlab.engines.job import Job
from ganlab.errors import InputError
from ganlab.options import ListOf, Options, parse
from ganlab.record.files import json_sha256, read_json, write_json


class ListedJob(Options):
    """What a trial needs of a job.

    Attributes:
        runs: the names of their directories.
    """

    title: str
    runs: ListOf[str]
    compiled: bool
    device: str


class JobList(Options):
    """The file's content.

    Attributes:
        project: of W&B, to which the runs go.
        working_directory: the launcher's, which trials work in.
        environment: the variables of ganlab's own, as the launcher has them: where data and weights are. Those that an
            agent has are kept.
        jobs: each by the id of its first run.
    """

    project: str
    working_directory: str
    environment: Mapping[str, str]
    jobs: Mapping[str, ListedJob]

    def job(self, name: str, folder: Path) -> Job:
        """The job called `name`, of the sweep in `folder`.

        Raises:
            InputError: there is no such job.
        """
        if name not in self.jobs:
            raise InputError(f"no population in {folder} begins with the run '{name}'")
        listed = self.jobs[name]
        runs = tuple(folder / run for run in listed.runs)
        return Job(title=listed.title, runs=runs, compiled=listed.compiled, device=listed.device)


def write_jobs(jobs: Sequence[Job], project: str) -> Path:
    """Write the list of `jobs` to their sweep's folder; an equal one has the same file."""
    listed = JobList(
        project=project,
        working_directory=str(Path.cwd()),
        environment={name: value for name, value in os.environ.items() if name.startswith("GANLAB_")},
        jobs={
            job.runs[0].name: ListedJob(
                title=job.title,
                runs=tuple(folder.name for folder in job.runs),
                compiled=job.compiled,
                device=job.device,
            )
            for job in jobs
        },
    )
    content = listed.record()
    path = jobs[0].sweep.resolve() / f"wandb-{json_sha256(content)[:8]}.json"
    write_json(path, content)
    return path


def read_jobs(path: Path) -> JobList:
    """The list in the file at `path`.

    Raises:
        InputError: there is none.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path} here; an agent needs the files of the machine that made the sweep")
    return parse(JobList, read_json(path), str(path))
