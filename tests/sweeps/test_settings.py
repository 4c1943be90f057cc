"""Settings of sweeps are the fields of a run's spec."""

from __future__ import annotations

import pytest

from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record.spec import NOT_SET_BY_SWEEPS, RunSpec
from ganlab.sweeps.settings import Settings, given


def test_every_field_of_a_spec_is_a_setting_or_names_the_run():
    assert set(NOT_SET_BY_SWEEPS) < set(RunSpec.model_fields)
    assert set(Settings.model_fields) == set(RunSpec.model_fields) - set(NOT_SET_BY_SWEEPS) | {"optimizer"}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"evaluation": {"every": 5}},
        {"critic_warmup": {"steps": 7}},
        {"critic_warmup": "none", "clip_grad_norm": "none"},
        {"builder": {"widths": [4]}, "optimizer": {"lr": 0.1}},
        {"lecam": 0.5, "packing": 2, "penalties": {"r1": 0.0}},
    ],
)
def test_what_is_set_and_nothing_else_is_given(values):
    assert given(parse(Settings, values, "sweep")) == values


def test_a_bare_name_is_a_choice_without_options():
    settings = parse(Settings, {"augment": "ada", "optimizer": "sgd", "prior": "sphere"}, "sweep")
    assert given(settings) == {"augment": {"name": "ada"}, "optimizer": {"name": "sgd"}, "prior": {"name": "sphere"}}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"steps": 0}, "'steps' is 0: input should be greater than or equal to 1"),
        ({"lecam": -1.0}, "'lecam' is -1.0"),
        ({"lecam": "none"}, "'lecam' is 'none'; it must be a number"),
        ({"lookahead": {"step": 3}}, "unknown key 'lookahead.step'; did you mean 'steps'"),
        ({"clip_grad_norm": "off"}, "'clip_grad_norm' is 'off'; it must be a number or 'none'"),
        ({"augment": 3}, "'augment' is 3; it must be keys with values"),
        ({"seed": 3}, "unknown key 'seed'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(values, fault):
    with pytest.raises(InputError) as caught:
        parse(Settings, values, "sweep")
    assert str(caught.value).startswith(f"sweep: {fault}")


def test_a_row_lies_over_the_sweep_that_over_the_paper_and_that_over_the_defaults(specs_of):
    row = "{name: wgan, critic_warmup: {steps: 9}, evaluation: {every: 5}, clip_grad_norm: none}"
    (spec,) = specs_of(f"variants=[{row}]", "clip_grad_norm=2", "critic_steps=3", "evaluation.samples=600")
    assert spec.critic_warmup.model_dump() == {"steps": 9, "first": 25, "every": 500}
    assert (spec.critic_steps, spec.clip_grad_norm) == (3, None)
    assert spec.evaluation.model_dump() == {"every": 5, "samples": 600}
    assert spec.precision == "fp32"
