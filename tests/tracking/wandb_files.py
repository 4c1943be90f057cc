"""Reads back what the W&B client wrote offline: LevelDB's log format around protobuf records."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto import wandb_internal_pb2 as protocol

BLOCK = 32 * 1024
FILE_HEADER = 7
RECORD_HEADER = 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@dataclass
class OfflineRun:
    """What one offline folder would upload."""

    folder: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    step_metrics: dict[str, str] = field(default_factory=dict)
    run: Any = None
    exit_code: int | None = None


def read_offline_run(folder: Path) -> OfflineRun:
    (file,) = folder.glob("run-*.wandb")
    result = OfflineRun(folder)
    for content in _records(file.read_bytes()):
        record = protocol.Record.FromString(content)
        match record.WhichOneof("record_type"):
            case "run":
                result.run = record.run
                result.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
            case "config":
                result.config |= {item.key: json.loads(item.value_json) for item in record.config.update}
            case "history":
                result.rows.append(_row(record.history.item))
            case "summary":
                result.summary |= _row(record.summary.update)
            case "metric":
                name = record.metric.name or record.metric.glob_name
                result.step_metrics[name] = record.metric.step_metric
            case "exit":
                result.exit_code = record.exit.exit_code
    return result


def offline_runs(sweep: Path) -> dict[str, OfflineRun]:
    """The offline runs of a sweep by id; two of one id are an error."""
    runs = [read_offline_run(folder) for folder in sorted((sweep / "wandb").glob("offline-run-*"))]
    ids = [run.run.run_id for run in runs]
    assert len(set(ids)) == len(ids), f"a run would be uploaded twice: {ids}"
    return dict(zip(ids, runs, strict=True))


def _records(data: bytes) -> Iterator[bytes]:
    """The whole records; a torn last one is left out."""
    assert data[:4] == b":W&B"
    position, parts = FILE_HEADER, b""
    while position + RECORD_HEADER <= len(data):
        left_in_block = BLOCK - position % BLOCK
        if left_in_block < RECORD_HEADER:
            position += left_in_block
            continue
        _crc, length, kind = struct.unpack_from("<IHB", data, position)
        part = data[position + RECORD_HEADER : position + RECORD_HEADER + length]
        if len(part) < length or kind not in (FULL, FIRST, MIDDLE, LAST):
            return
        parts = part if kind in (FULL, FIRST) else parts + part
        if kind in (FULL, LAST):
            yield parts
        position += RECORD_HEADER + length


def _row(items: Iterable[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for item in items:
        *outer, key = item.nested_key or [item.key]
        place = row
        for part in outer:
            place = place.setdefault(part, {})
        place[key] = _value(item)
    return row


def _value(item: Any) -> Any:
    if item.value_json:
        return json.loads(item.value_json)
    kind = item.WhichOneof("value")
    value = getattr(item, kind)
    return json.loads(value) if kind == "json" else value
