#!/usr/bin/env bash
# Slurm: one sweep on one node, as many populations at once as cores are allotted. Copy it and submit it:
#     sbatch scripts/sweep_slurm.sh experiments/variants_1d.yaml seeds=0..31
# Before its time is up, or when it is preempted, the job stops at a checkpoint and is queued again to continue.
#SBATCH --job-name=ganlab
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"

uv run ganlab sweep "$@" --workers "${SLURM_CPUS_PER_TASK:-1}" &
sweep=$!
trap 'kill -TERM "$sweep"; wait "$sweep" || true; scontrol requeue "$SLURM_JOB_ID"; exit 0' TERM
wait "$sweep"
