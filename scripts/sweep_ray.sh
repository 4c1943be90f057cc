#!/usr/bin/env bash
# A sweep on the machines of a Ray cluster that share the file system of the run directories:
#
#     scripts/sweep_ray.sh HEAD:6379 experiments/gaussian_1d.yaml [KEY=VALUE...]
#
# Start the cluster first, in the same environment on each machine: on the first `ray start --head --port 6379`, on the
# others `ray start --address HEAD:6379`. The same command again continues a sweep that was stopped.
set -euo pipefail

address=${1:?give the address of the cluster, such as 10.0.0.1:6379}
shift
exec ganlab sweep "$@" --engine ray --engine-option "address=$address"
