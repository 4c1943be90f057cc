#!/usr/bin/env bash
# Slurm: one sweep on one node, as many populations at once as cores are allotted. Copy it and submit it:
#     sbatch scripts/sweep_slurm.sh experiments/variants_1d.yaml seeds=0..31
# Before its time is up, or when it is preempted, the sweep stops at a checkpoint with status 75, and the job is queued
# again to continue. Where slurm.conf has RequeueExit=75, Slurm does so by itself.
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
trap 'kill -TERM "$sweep"' TERM
wait "$sweep" || true # which a signal ends
wait "$sweep" && status=0 || status=$?
if [ "$status" = 75 ]; then
    scontrol requeue "$SLURM_JOB_ID"
    status=0
fi
exit "$status"
