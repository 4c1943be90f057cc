"""What is written of a run: its spec, and the directory that holds its record. Nothing here needs torch."""

from ganlab.record.files import json_sha256, read_json, write_json, write_whole
from ganlab.record.run_directory import RunDirectory, runs_in
from ganlab.record.spec import RunSpec

__all__ = ["RunDirectory", "RunSpec", "json_sha256", "read_json", "runs_in", "write_json", "write_whole"]
