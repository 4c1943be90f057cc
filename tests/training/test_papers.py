"""The papers behind a run."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ganlab.evaluation import evaluation_on
from ganlab.training.papers import papers_of, settings_of
from ganlab.training.setup import load_data
from ganlab.variants import VARIANTS, register


@pytest.fixture
def papers(specs_of):
    """The papers of a small run: (kind, name) to paper."""

    def papers(*overrides: str) -> dict[tuple[str, str], str]:
        (spec,) = specs_of("evaluation.samples=100", *overrides)
        evaluation = evaluation_on(load_data(spec).reference, 100, torch.device("cpu"))
        return {(one.kind, one.name): one.paper for one in papers_of(spec, evaluation)}

    return papers


def test_a_constraint_has_the_paper_that_it_is_from(papers):
    found = papers("variants=wgan")
    assert found["variant", "wgan"] == found["constraint", "weight_clipping"] == "arXiv:1701.07875"


def test_a_penalty_that_the_sweep_adds_is_named_beside_the_variant(papers):
    found = papers("variants=[{name: hinge, penalties: {r1: 0.1}}]")
    assert found["penalty", "r1"] == "arXiv:1801.04406"
    assert ("penalty", "gradient_penalty") not in found


def test_the_optimisers_of_both_players_are_named(papers):
    found = papers("discriminator_optimizer.name=adamw", "generator_optimizer={name: optimistic-adam, lr: 1e-3}")
    assert found["optimizer", "adamw"] == "arXiv:1711.05101"
    assert found["optimizer", "optimistic-adam"] == "arXiv:1711.00141"
    assert ("optimizer", "adam") not in found


def test_what_has_no_paper_is_left_out(papers):
    register(dataclasses.replace(VARIANTS["lsgan"], name="mine", paper=""))
    found = papers("variants=mine")
    assert ("variant", "mine") not in found
    assert ("builder", "mlp") not in found
    assert all(found.values())


def test_of_the_evaluators_those_that_measured_are_named(papers):
    on_the_line, in_the_plane = papers(), papers("data=ring")
    assert ("evaluator", "wasserstein") in on_the_line
    assert ("evaluator", "wasserstein") not in in_the_plane
    assert {kind for kind, _ in in_the_plane} >= {"variant", "evaluator"}


@pytest.mark.parametrize(
    ("override", "changed"),
    [
        ("variants=[began]", ()),
        ("variants=[{name: began, game: {gamma: 0.3}}]", ("options",)),
        ("prior=uniform", ("prior",)),
        ("clip_grad_norm=1", ("gradient clipping",)),
        ("lookahead={steps: 3}", ("lookahead",)),
    ],
)
def test_what_a_run_changes_of_the_default_settings_is_named(specs_of, override, changed):
    assert settings_of(specs_of(override)[0]).changed == changed
