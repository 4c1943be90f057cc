"""What the files of a run directory are called."""

from __future__ import annotations

SPEC = "spec.json"
ROWS = "metrics.jsonl"
SAMPLES = "samples"
SUMMARY = "summary.json"
ENVIRONMENTS = "environments.json"
PROGRESS = "progress.json"

CHECKPOINT = "checkpoint.pt"
NEXT_CHECKPOINT = "checkpoint.next.pt"
PREVIOUS_CHECKPOINT = "checkpoint.previous.pt"
DAMAGED_CHECKPOINT = "checkpoint.damaged.pt"
