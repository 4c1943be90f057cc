"""From the settings of a trial to the spec of its runs."""

from __future__ import annotations

import pytest
from searching import phases, sweep_with

from ganlab.errors import InputError


def specs_of(tmp_path, changes=None, **keys):
    plan = phases(sweep_with(changes, **keys), tmp_path).next()
    return [run.spec for run in plan.runs]


def seen(spec):
    """Real samples of the discriminator, added up update by update."""
    warm = spec.critic_warmup
    updates = 0
    for iteration in range(spec.steps):
        is_warm = warm is not None and (iteration < warm.first or iteration % warm.every == 0)
        updates += warm.steps if is_warm else spec.critic_steps
    return updates * spec.batch_size


def test_every_trial_sees_the_same_number_of_real_samples_whatever_its_batches_and_critic_steps(tmp_path):
    space = {"batch_size": [8, 16, 32], "critic_steps": [1, 2, 4]}
    specs = specs_of(tmp_path, {"space": space, "trials": 12, "method": "sobol", "budget": 1280})
    assert len({(spec.batch_size, spec.critic_steps) for spec in specs}) > 5
    assert {seen(spec) for spec in specs} == {1280}


@pytest.mark.parametrize("budget", [2401, 10_000], ids=str)
def test_a_budget_that_no_number_of_iterations_fits_is_used_but_for_less_than_one_iteration(tmp_path, budget):
    row = {"name": "wgan", "critic_warmup": {"steps": 100, "first": 1, "every": 7}}
    for spec in specs_of(tmp_path, {"space": {"batch_size": [24]}, "budget": budget}, variants=[row]):
        one_more = spec.model_copy(update={"steps": spec.steps + 1})
        assert seen(spec) <= budget < seen(one_more)


def test_a_budget_below_one_iteration_is_refused(tmp_path):
    with pytest.raises(InputError, match="600 real samples are less than one iteration of 'vanilla-t000' sees, 640"):
        specs_of(tmp_path, {"space": {"batch_size": [640]}, "budget": 600})


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("optimizer.lr", [0.25]),
        ("optimizer.betas", [[0.25, 0.5]]),
        ("builder.widths", [[4, 4]]),
        ("penalties.r1", [0.25]),
        ("schedules.lr.to", [0.25]),
        ("lookahead.alpha", [0.25]),
        ("clip_grad_norm", [0.25]),
        ("optimizer", ["sgd"]),
        ("builder", [{"name": "mlp", "widths": [4]}]),
    ],
    ids=str,
)
def test_a_setting_of_any_depth_reaches_the_runs(tmp_path, key, values):
    row = {
        "name": "r1",
        "optimizer": {"name": "adam"},
        "schedules": {"lr": {"to": 0.5, "shape": "cosine", "over": 0.5}},
        "lookahead": {"steps": 2, "alpha": 0.5},
    }
    (spec, *_) = specs_of(tmp_path, {"space": {key: values}, "trials": 1}, variants=[row])
    expected = {
        "optimizer.lr": lambda: (spec.generator_optimizer.lr, spec.discriminator_optimizer.lr) == (0.25, 0.25),
        "optimizer.betas": lambda: spec.discriminator_optimizer.betas == (0.25, 0.5),
        "builder.widths": lambda: spec.builder.options["widths"] == [4, 4],
        "penalties.r1": lambda: spec.penalties == {"r1": 0.25},
        "schedules.lr.to": lambda: spec.schedules["lr"].model_dump() == {"to": 0.25, "shape": "cosine", "over": 0.5},
        "lookahead.alpha": lambda: (spec.lookahead.steps, spec.lookahead.alpha) == (2, 0.25),
        "clip_grad_norm": lambda: spec.clip_grad_norm == 0.25,
        "optimizer": lambda: spec.generator_optimizer.name == "sgd",
        "builder": lambda: spec.builder.options["widths"] == [4],
    }
    assert expected[key]()


def test_a_name_and_an_option_of_it_are_searched_together(tmp_path):
    space = {"optimizer": ["sgd"], "optimizer.lr": [0.25]}
    (spec, *_) = specs_of(tmp_path, {"space": space, "trials": 1})
    assert (spec.generator_optimizer.name, spec.generator_optimizer.lr) == ("sgd", 0.25)


def test_a_setting_whose_place_is_taken_by_a_more_specific_one_is_refused(tmp_path):
    row = {"name": "vanilla", "generator_optimizer": {"lr": 0.5}}
    with pytest.raises(InputError, match=r"'optimizer.lr' has no effect in 'vanilla', which has 0.5 where"):
        specs_of(tmp_path, variants=[row])


def test_an_optimiser_that_one_player_has_of_its_own_is_not_searched_for_the_other_alone(tmp_path):
    row = {"name": "vanilla", "discriminator_optimizer": {"name": "adam", "lr": 1e-3}}
    with pytest.raises(InputError, match=r"'optimizer' has no effect in 'vanilla', which has Adam\(name='adam'"):
        specs_of(tmp_path, {"space": {"optimizer": ["rmsprop"]}}, variants=[row])


@pytest.mark.parametrize("asked", [None, "none"], ids=str)
def test_what_may_be_none_is_searched_with_and_without(tmp_path, asked):
    specs = specs_of(tmp_path, {"space": {"clip_grad_norm": [asked, 1.0]}, "method": "sobol"})
    assert {spec.clip_grad_norm for spec in specs} == {None, 1.0}


def test_none_that_a_setting_of_the_sweep_replaces_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"'clip_grad_norm' has no effect in 'vanilla', which has 5.0 where"):
        specs_of(tmp_path, {"space": {"clip_grad_norm": [None]}}, clip_grad_norm=5.0)


def test_a_weight_of_0_is_no_penalty(tmp_path):
    (spec, *_) = specs_of(tmp_path, {"space": {"penalties.r1": [0]}, "trials": 1}, variants=["r1"])
    assert spec.penalties == {}


def test_a_setting_that_the_row_refuses_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(InputError, match=r"betas"):
        specs_of(tmp_path, {"space": {"optimizer.betas": [[0.5, 7]]}})
    assert list(tmp_path.iterdir()) == []
