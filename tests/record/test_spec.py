"""What a run is: its identity and its record."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record import RunSpec, SpecFile
from ganlab.record.optimizers import CriticWarmup
from ganlab.record.spec import REVISION, Course
from ganlab.variants import PENALTIES, VARIANTS

SPEC: dict[str, Any] = {
    "label": "wgan-gp",
    "variant": "wgan-gp",
    "dataset": "gaussian",
    "data": {"name": "gaussian", "options": {"mean": 0.0, "std": 1.0}},
    "data_fingerprint": {},
    "builder": {"name": "mlp", "options": {"widths": [8]}},
    "seed": 0,
    "steps": 40,
    "batch_size": 16,
    "generator_batch_size": 16,
    "latent_dim": 4,
    "discriminator_optimizer": {"name": "adam", "lr": 1e-4, "betas": [0.0, 0.9], "eps": 1e-8},
    "generator_optimizer": {"name": "adam", "lr": 1e-4, "betas": [0.0, 0.9], "eps": 1e-8},
    "critic_steps": 5,
    "critic_warmup": None,
    "generator_steps": 1,
    "updates": "alternating",
    "penalties": {"gradient_penalty": 10.0},
    "constraints": {"weight_clipping": 1.0},
    "ema": 0.999,
    "evaluation": {"every": 20, "samples": 500},
    "log_every": 10,
    "conditional": False,
    "precision": "fp32",
    "schedules": {},
}

OTHER: dict[str, Any] = {
    "revision": REVISION + 1,
    "label": "mine",
    "variant": "wgan-lp",
    "plugins": [{"name": "mine.py", "files": {"mine.py": "register(...)"}}],
    "dataset": "gaussian(mean=1.0)",
    "data": {"name": "gaussian", "options": {"mean": 1.0, "std": 1.0}},
    "data_fingerprint": {"sha256": "0"},
    "builder": {"name": "mlp", "options": {"widths": [9]}},
    "seed": 1,
    "steps": 41,
    "batch_size": 17,
    "generator_batch_size": 32,
    "latent_dim": 5,
    "discriminator_optimizer": {**SPEC["discriminator_optimizer"], "lr": 1e-3},
    "generator_optimizer": {**SPEC["generator_optimizer"], "lr": 1e-3},
    "critic_steps": 4,
    "critic_warmup": {"steps": 100, "first": 25, "every": 500},
    "generator_steps": 10,
    "updates": "simultaneous",
    "penalties": {"gradient_penalty": 1.0},
    "constraints": {"weight_clipping": 2.0},
    "ema": 0.99,
    "evaluation": {"every": 20, "samples": 501},
    "log_every": 11,
    "conditional": True,
    "precision": "bf16",
    "schedules": {"lr": {"to": 0.0, "shape": "cosine", "over": 0.5}},
    "game": {"inner_steps": 3},
    "prior": {"name": "uniform", "options": {}},
    "clip_grad_norm": 1.0,
    "lookahead": {"steps": 7, "alpha": 0.25},
    "packing": 2,
    "augment": {"name": "ada", "options": {}},
    "lecam": 0.1,
    "label_smoothing": 0.1,
    "evaluators": ["c2st"],
    "primary": "w1",
}
"""Another value for every field."""

LABEL_ALONE = {"label"}
NUMBERS_OF_ONE_PROGRAM = {
    "label",
    "seed",
    "discriminator_optimizer",
    "generator_optimizer",
    "penalties",
    "constraints",
}


def spec(**changes: Any) -> RunSpec:
    return RunSpec(**{**SPEC, **changes})


def test_there_is_another_value_for_every_field():
    assert OTHER.keys() == RunSpec.model_fields.keys()


@pytest.mark.parametrize("field", OTHER)
def test_the_hash_changes_with_every_field_but_the_label(field):
    changed = spec(**{field: OTHER[field]})
    assert changed != spec()
    assert (changed.sha256 == spec().sha256) == (field in LABEL_ALONE)


@pytest.mark.parametrize("field", OTHER)
def test_members_share_a_program_where_labels_seeds_or_numbers_alone_differ(field):
    changed = spec(**{field: OTHER[field]})
    assert (changed.program == spec().program) == (field in NUMBERS_OF_ONE_PROGRAM)


@pytest.mark.parametrize(
    "change",
    [
        {"penalties": dict.fromkeys(("gradient_penalty", "r1"), 1.0)},
        {"penalties": {}},
        {"constraints": {}},
        {"discriminator_optimizer": {**SPEC["discriminator_optimizer"], "betas": [0.5, 0.9]}},
        {"generator_optimizer": {"name": "rmsprop", "lr": 1e-4}},
    ],
)
def test_which_penalties_and_which_optimiser_there_are_is_part_of_the_program(change):
    assert spec(**change).program != spec().program


class LaterSpec(RunSpec):
    """A spec of a later version, which has one more setting."""

    warmth: float = 0.5


def test_a_later_field_renames_runs_only_where_it_has_another_value_than_its_default():
    assert LaterSpec(**SPEC).sha256 == spec().sha256
    assert LaterSpec(**SPEC, warmth=0.25).sha256 != spec().sha256


def test_the_revision_is_part_of_the_identity():
    assert spec(revision=REVISION + 1).sha256 != spec().sha256 == spec(revision=REVISION).sha256


def test_a_changed_copy_of_a_spec_has_a_hash_of_its_own():
    one = spec(seed=1)
    assert one.sha256 == spec(seed=1).sha256
    assert one.model_copy(update={"seed": 2}).sha256 == spec(seed=2).sha256
    other = one.model_copy(update={"seed": 2}).model_copy(update={"steps": 41, "seed": 3})
    assert other.sha256 == spec(seed=3, steps=41).sha256
    assert one.model_copy() == one


@pytest.mark.parametrize("changes", [{}, OTHER])
def test_the_hash_is_that_of_the_record_as_canonical_json(changes):
    one = spec(**changes)
    usual = [name for name, field in RunSpec.model_fields.items() if field.default == getattr(one, name)]
    hashed = {name: value for name, value in one.record().items() if name not in usual and name != "label"}
    hashed["revision"] = one.revision
    assert one.sha256 == hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_of_the_files_of_a_row_each_is_read_with_its_own_seed(seed):
    for one in (spec(seed=seed), spec(seed=seed, label="other"), spec(seed=seed, steps=41)):
        record = json.loads(json.dumps(SpecFile.of(one, "small").record()))
        found = SpecFile.read(record, "spec.json")
        assert (found.spec, found.id, found.spec.sha256) == (one, one.id, one.sha256)


@pytest.mark.parametrize("seed", [True, 1.0, -1, 2**63, "1", None])
def test_a_seed_that_is_none_is_refused_also_after_others_of_its_row_were_read(seed):
    record = SpecFile.of(spec(), "small").record()
    SpecFile.read(record, "spec.json")
    with pytest.raises(InputError, match=r"^spec\.json: 'seed' is "):
        SpecFile.read({**record, "seed": seed}, "spec.json")


def test_the_order_in_which_penalties_are_named_is_no_part_of_the_identity():
    names = PENALTIES.names[:3]
    one, other = (spec(penalties=dict.fromkeys(order, 1.0)) for order in (names, names[::-1]))
    assert one.sha256 == other.sha256
    assert one.program == other.program


def test_the_id_is_label_seed_and_the_beginning_of_the_hash():
    one = spec(label="mine", seed=7)
    assert one.id == f"mine-s7-{one.sha256[:8]}"


@pytest.mark.parametrize("name", ["lr", "r1"])
def test_members_share_a_program_where_the_same_numbers_are_scheduled_otherwise(name):
    slow, fast = (spec(schedules={name: {"to": 0.1, "over": over}}) for over in (1.0, 0.5))
    assert slow.program == fast.program != spec().program
    assert slow.sha256 != fast.sha256


def test_members_whose_averages_have_different_schedules_share_no_program():
    """What is evaluated belongs to the protocol, of which a population has one."""
    slow, fast = (spec(schedules={"ema": {"to": 0.9, "over": over}}) for over in (1.0, 0.5))
    assert slow.program != fast.program


@pytest.mark.parametrize(
    ("shape", "done", "expected"),
    [
        ("linear", 0.0, 2.0),
        ("linear", 0.1, 1.75),
        ("linear", 0.4, 1.0),
        ("linear", 0.9, 1.0),
        ("cosine", 0.0, 2.0),
        ("cosine", 0.1, 1 + (1 + 2**-0.5) / 2),
        ("cosine", 0.2, 1.5),
        ("cosine", 0.4, 1.0),
        ("cosine", 1.0, 1.0),
    ],
)
def test_a_number_on_its_course_goes_from_one_value_to_another_and_stays_there(shape, done, expected):
    assert Course(to=1.0, shape=shape, over=0.4).at(2.0, done) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("changes", [{}, OTHER])
def test_a_record_read_from_a_file_is_the_same_spec(changes):
    one = spec(**changes)
    again = RunSpec(**json.loads(json.dumps(one.record())))
    assert again == one
    assert again.id == one.id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "'seed' is -1"),
        ({"steps": 0}, "'steps' is 0"),
        ({"batch_size": 1}, "'batch_size' is 1"),
        ({"ema": 1}, "'ema' is 1"),
        ({"evaluation": {"every": 1, "samples": 99}}, "'evaluation.samples' is 99"),
        ({"precision": "fp8"}, "'precision' is 'fp8'"),
        ({"updates": "both"}, "'updates' is 'both'"),
        ({"generator_batch_size": 1}, "'generator_batch_size' is 1"),
        ({"schedules": {"lr": {"shape": "cosine"}}}, "the key 'schedules.lr.to' is missing"),
        ({"schedules": {"lr": {"to": 0, "over": 2}}}, "'schedules.lr.over' is 2"),
        ({"sed": 1}, "unknown key 'sed'; did you mean 'seed'"),
    ],
)
def test_what_no_run_can_be_is_one_sentence(change, message):
    with pytest.raises(InputError, match=message) as caught:
        parse(RunSpec, {**SPEC, **change}, "spec.json")
    assert "\n" not in str(caught.value)


def test_a_spec_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        spec().seed = 3  # type: ignore[misc]


def spec_with(**changes: Any) -> RunSpec:
    return parse(RunSpec, SPEC, "test").model_copy(update=changes)


@given(
    st.integers(1, 60),
    st.integers(1, 5),
    st.builds(CriticWarmup, steps=st.integers(1, 9), first=st.integers(0, 70), every=st.integers(1, 70)),
)
def test_the_discriminator_is_warmed_up_as_in_the_papers_code(steps, critic_steps, warmup):
    """``if gen_iterations < 25 or gen_iterations % 500 == 0: Diters = 100``, of the code of arXiv:1701.07875."""
    spec = spec_with(**{"critic_steps": critic_steps, "critic_warmup": warmup})
    expected = 0
    for iteration in range(steps):
        assert spec.updates_before("discriminator", iteration) == expected
        warm = iteration < warmup.first or iteration % warmup.every == 0
        expected += warmup.steps if warm else critic_steps


def test_without_a_warmup_every_iteration_has_as_many_updates_of_each_player():
    spec = spec_with(**{"critic_steps": 5, "critic_warmup": None, "generator_steps": 3})
    assert [spec.updates_before("discriminator", iteration) for iteration in range(4)] == [0, 5, 10, 15]
    assert [spec.updates_before("generator", iteration) for iteration in range(4)] == [0, 3, 6, 9]
    assert [spec.updates_before("encoder", iteration) for iteration in range(4)] == [0, 1, 2, 3]


def test_wgan_itself_is_warmed_up_over_its_first_25_iterations():
    spec = spec_with(**{"critic_steps": 5, "critic_warmup": VARIANTS["wgan"].defaults.critic_warmup})
    made = [spec.updates_before("discriminator", iteration) for iteration in (25, 500, 501, 1000, 1001)]
    assert made[:2] == [2_500, 2_500 + 475 * 5]
    assert made[2] - made[1] == made[4] - made[3] == 100
