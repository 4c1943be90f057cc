"""Runs of the shipped sweeps have the bits that they had when both players' updates were written out by hand.

Rounding depends on the processor's instructions and on torch, so the hashes hold for those that they were recorded on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SHORT = ("steps=24", "seeds=[3]", "evaluation={every: 24, samples: 400}", "log_every=12")
RECORDED_ON = ("2.15.0", "GenuineIntel", "6", "207")
"""torch, and the vendor, family and model of the processor, by which MKL chooses its routines."""

RECORDED = {
    "variants_1d: minimax": "b6970624e664bb0d",
    "variants_1d: vanilla": "14d105476b161b52",
    "variants_1d: lsgan": "64a7d75ebed00e47",
    "variants_1d: wgan": "4a64416f6bc20caf",
    "variants_1d: wgan-gp": "46f0601d00f8e6ec",
    "variants_1d: wgan-lp": "83c79f6e914ddea1",
    "variants_1d: dragan": "3971af23967a9b4e",
    "variants_1d: hinge": "d3a6155c7ba723a4",
    "variants_1d: rpgan": "fd7b0022c2260ca6",
    "variants_1d: ragan": "495d819b56cbcc2e",
    "variants_1d: r1": "75160cf0cf7e5650",
    "variants_1d: r3gan": "e5eb4911e0308e9f",
    "ring_2d: vanilla-batch-norm": "c458f31dd334b331",
    "ring_2d: vanilla-no-norm": "392bd905ec1e560b",
    "digits: vanilla": "083e6ec2e68ffde7",
    "digits: lsgan": "37d81297556dd934",
    "digits: wgan-gp": "fcc73babd905b059",
    "digits: wgan-lp": "f636306b466945bf",
    "digits: hinge": "5b1819e1ccf03e51",
    "digits: r1": "d7f071a53768f461",
    "digits: rpgan": "9f7afbdf4a01d87a",
    "digits: r3gan": "19992e8242704e0f",
}
"""The first digits of each run's hash, by its sweep and row."""

PARTS = {
    ".players['discriminator'].parameters": "discriminator.parameters",
    ".players['discriminator'].optimizer.first": "discriminator.first",
    ".players['discriminator'].optimizer.second": "discriminator.second",
    ".players['generator'].parameters": "generator.parameters",
    ".average['generator']": "generator.average",
    ".players['generator'].optimizer.first": "generator.first",
    ".players['generator'].optimizer.second": "generator.second",
}
"""What the parts of a state were called when the hashes were recorded, in the order in which they are hashed."""


def _here() -> tuple[str, ...]:
    about = Path("/proc/cpuinfo")
    lines = [line.partition(":") for line in about.read_text().splitlines()] if about.exists() else []
    processor = {key.strip(): value.strip() for key, _, value in lines}
    names = ("vendor_id", "cpu family", "model")
    return (torch.__version__.partition("+")[0], *(processor.get(name, "") for name in names))


pytestmark = [
    pytest.mark.usefixtures("small_cache"),
    pytest.mark.skipif(_here() != RECORDED_ON, reason=f"the bits were recorded with {' '.join(RECORDED_ON)}"),
]


def digest_of(leaves: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for part, name_then in PARTS.items():
        own = {
            name.removeprefix(part).replace("head.", "score."): leaves[name]
            for name in leaves
            if name.startswith(f"{part}[")
        }
        for name, leaf in sorted(own.items()):
            digest.update(f"{name_then}{name.removeprefix('[')}".encode())
            digest.update(leaf.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


@pytest.mark.parametrize("sweep", ["variants_1d", "ring_2d", "digits"])
def test_parameters_averages_and_optimisers_have_the_recorded_bits(train, sweep):
    specs = resolve(load_sweep(EXPERIMENTS / f"{sweep}.yaml", SHORT))
    recorded = {name.partition(": ")[2]: digest for name, digest in RECORDED.items() if name.startswith(f"{sweep}:")}
    assert {spec.label: digest_of(train([spec]).leaves()) for spec in specs} == recorded
