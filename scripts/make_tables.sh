#!/usr/bin/env bash
# Train shipped sweeps, write their tables beside them, and draw the learning curves of games for their pages.
#   bash scripts/make_tables.sh experiments/*_1d.yaml experiments/games/*.yaml
# The same command continues where it was broken off.
set -euo pipefail
cd "$(dirname "$0")/.."

for file in "$@"; do
    name=$(sed -n 's/^name: //p' "$file")
    uv run ganlab sweep "$file" > /dev/null
    uv run ganlab table "runs/$name" > "${file%.yaml}.md"
    if [[ $file == experiments/games/* ]]; then
        mkdir -p docs/images/games
        uv run ganlab figure "runs/$name" -o "docs/images/games/$(basename "$file" .yaml).svg"
    fi
done
