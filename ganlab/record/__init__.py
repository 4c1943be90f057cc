"""What is written of a run: spec, rows, summary, and the directory that holds them. Nothing here needs torch."""

from ganlab.record.files import json_sha256, read_json, write_json, write_whole
from ganlab.record.run_directory import RunDirectory, runs_in
from ganlab.record.spec import RunSpec
from ganlab.record.spec_file import SpecFile
from ganlab.record.summary import Environment, Outcome, Protocol, Summary

__all__ = [
    "Environment",
    "Outcome",
    "Protocol",
    "RunDirectory",
    "RunSpec",
    "SpecFile",
    "Summary",
    "json_sha256",
    "read_json",
    "runs_in",
    "write_json",
    "write_whole",
]
