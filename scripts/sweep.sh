#!/usr/bin/env bash
# One machine: run sweeps one after another, each to its table. Copy it and put your own files in.
# The same command continues where it was broken off; only what is missing is done.
set -euo pipefail
cd "$(dirname "$0")/.."

sweeps=("${@:-experiments/gaussian_1d.yaml}")
mkdir -p tables
for file in "${sweeps[@]}"; do
    name=$(basename "$file" .yaml)
    uv run ganlab sweep "$file"
    uv run ganlab table "runs/$name" --format md > "tables/$name.md"
    uv run ganlab table "runs/$name" --format latex > "tables/$name.tex"
done
