#!/usr/bin/env bash
# W&B agents: register a sweep, and start agents for it on this machine. Copy it and give it your own file:
#     AGENTS=4 scripts/sweep_wandb_agents.sh experiments/variants_1d.yaml seeds=0..31
# Further agents may be started on other machines that have these files, with the command that it prints.
# Where there are GPUs, each agent gets one of the first AGENTS. Ctrl-C stops all of them at a checkpoint; the same
# command continues.
set -euo pipefail
cd "$(dirname "$0")/.."

agents=${AGENTS:-2}
command=$(uv run ganlab wandb sweep "$@" --workers "$agents" | tee /dev/stderr | tail -n 1)
[[ $command == "wandb agent "* ]] || exit 0 # nothing is left

pids=()
trap 'kill -TERM "${pids[@]}" 2> /dev/null' INT TERM
for ((index = 0; index < agents; index++)); do
    # shellcheck disable=SC2086 # the command is words
    CUDA_VISIBLE_DEVICES=$index uv run $command &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || true # which a signal ends
    wait "$pid" || true
done
