#!/usr/bin/env bash
# A sweep on one machine, whose populations are trained one after another, each by all devices together:
#
#     DEVICES=4 scripts/sweep_torchrun.sh experiments/gaussian_1d.yaml cuda [KEY=VALUE...]
#
# The same command again continues a sweep that was stopped, and trains the report of a search after its trials. On several machines that share the file system of the run
# directories, start torchrun on each, with its --nnodes and --rdzv-endpoint and the commands that are printed here.
set -euo pipefail

file=${1:?give the file of a sweep}
device=${2:?give the kind of device: cpu or cuda}
shift 2
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

ganlab sweep "$file" "$@" --plan-only | tee /dev/stderr | { grep '^ganlab work ' || true; } | while read -r _ command; do
    eval "set -- $command" # which is quoted for a shell
    torchrun --nproc-per-node "${DEVICES:-2}" -m ganlab "$@" --device "$device" < /dev/null
done
