"""The record of a run: its directory, which is the truth, and W&B, which mirrors it."""

from ganlab.tracking.files import json_sha256, read_json, write_json, write_whole
from ganlab.tracking.mirror import Mirror
from ganlab.tracking.run_directory import RunDirectory, runs_in

__all__ = ["Mirror", "RunDirectory", "json_sha256", "read_json", "runs_in", "write_json", "write_whole"]
