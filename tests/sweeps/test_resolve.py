from __future__ import annotations

import json

import pytest

from ganlab.errors import InputError
from ganlab.record.plugin import Plugin
from ganlab.training.setup import load_data
from ganlab.variants import VARIANTS


def spec(specs_of, *overrides):
    return specs_of(*overrides)[0]


def test_a_variant_comes_with_its_papers_settings(specs_of):
    wgan = spec(specs_of, "variants=wgan")
    assert (wgan.discriminator_optimizer.name, wgan.discriminator_optimizer.lr) == ("rmsprop", 5e-5)
    assert (wgan.critic_steps, wgan.critic_warmup.steps) == (5, 100)
    assert wgan.constraints == {"weight_clipping": 0.01}


def test_an_override_of_the_learning_rate_keeps_the_rest_of_the_papers_optimizer(specs_of):
    run = spec(specs_of, "variants=wgan-gp", "optimizer.lr=0.01", "generator_optimizer.lr=0.02")
    assert (run.discriminator_optimizer.lr, run.discriminator_optimizer.betas) == (0.01, (0.0, 0.9))
    assert (run.generator_optimizer.lr, run.generator_optimizer.betas) == (0.02, (0.0, 0.9))


def test_another_optimizer_brings_its_own_settings(specs_of):
    run = spec(specs_of, "variants=wgan", "optimizer={name: adam, lr: 0.01}")
    assert run.generator_optimizer.model_dump() == {
        "name": "adam",
        "lr": 0.01,
        "betas": (0.5, 0.999),
        "eps": 1e-8,
    }


def test_an_entrys_settings_lie_over_the_sweeps(specs_of):
    run = spec(
        specs_of,
        "variants=[{name: hinge, label: sn, builder: {discriminator_norm: spectral}, ema: 0, batch_size: 8}]",
    )
    assert run.label == "sn"
    assert run.builder.options["discriminator_norm"] == "spectral"
    assert run.builder.options["widths"] == [8]
    assert (run.ema, run.batch_size) == (0, 8)


def test_penalties_are_added_changed_and_removed_by_weight(specs_of):
    own = spec(specs_of, "variants=[{name: hinge, penalties: {r1: 0.1}}]")
    assert own.penalties == {"r1": 0.1}
    weaker = spec(specs_of, "variants=[{name: wgan-gp, penalties: {gradient_penalty: 1}}]")
    assert weaker.penalties == {"gradient_penalty": 1}
    without = spec(specs_of, "variants=[{name: r3gan, penalties: {r2: 0}}]")
    assert without.penalties == {"r1": 1.0}


def test_the_warmup_of_wgan_can_be_left_out(specs_of):
    assert spec(specs_of, "variants=wgan", "critic_warmup=none").critic_warmup is None


def test_all_means_every_registered_variant(specs_of):
    assert [run.label for run in specs_of("variants=all")] == VARIANTS.names


def test_runs_come_data_by_data_row_by_row_seed_by_seed(specs_of):
    runs = specs_of("data=[{name: gaussian}, {name: uniform, high: 2}]", "variants=[lsgan,hinge]", "seeds=0..1")
    assert [(run.dataset, run.label, run.seed) for run in runs][:5] == [
        ("gaussian", "lsgan", 0),
        ("gaussian", "lsgan", 1),
        ("gaussian", "hinge", 0),
        ("gaussian", "hinge", 1),
        ("uniform(high=2.0)", "lsgan", 0),
    ]


def test_the_id_changes_with_all_that_determines_the_result_and_with_nothing_else(specs_of):
    base = spec(specs_of).id
    assert spec(specs_of).id == base
    changes = [
        "seeds=[1]",
        "steps=41",
        "batch_size=17",
        "latent_dim=5",
        "ema=0.9",
        "optimizer.lr=0.1",
        "critic_steps=2",
        "generator_steps=2",
        "generator_batch_size=32",
        "updates=simultaneous",
        "schedules={lr: {to: 0}}",
        "evaluation.samples=501",
        "evaluation.every=10",
        "log_every=5",
        "builder.widths=[9]",
        "data.mean=1",
    ]
    ids = [spec(specs_of, change).id for change in changes]
    assert len({base, *ids}) == len(changes) + 1
    renamed = spec(specs_of, "variants=[{name: vanilla, label: other}]")
    assert renamed.id.split("-s0-")[1] == base.split("-s0-")[1]


def test_runs_share_a_program_where_they_differ_in_seed_or_numbers_alone(specs_of):
    program = spec(specs_of, "variants=wgan-gp").program
    assert spec(specs_of, "variants=wgan-gp", "seeds=[5]", "optimizer.lr=0.1").program == program
    assert spec(specs_of, "variants=[{name: wgan-gp, penalties: {gradient_penalty: 1}}]").program == program
    assert spec(specs_of, "variants=[{name: wgan-gp, penalties: {r1: 1}}]").program != program
    assert spec(specs_of, "variants=wgan-gp", "optimizer.betas=[0.5,0.9]").program != program
    assert spec(specs_of, "variants=wgan-lp").program != program


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["variants=lsgn"], "unknown variant 'lsgn'; did you mean 'lsgan'"),
        (["data=gausian"], "unknown data set 'gausian'; did you mean 'gaussian'"),
        (["data.men=3"], "data 'gaussian': unknown key 'men'; did you mean 'mean'"),
        (["builder.name=mpl"], "unknown builder 'mpl'; did you mean 'mlp'"),
        (["builder.width=[3]"], "variant 'vanilla', builder: unknown key 'width'; did you mean 'widths'"),
        (
            ["optimizer.name=adm"],
            "variant 'vanilla', discriminator_optimizer: unknown optimizer 'adm'; did you mean 'adam'",
        ),
        (["optimizer.lr=-1"], "variant 'vanilla', discriminator_optimizer: 'lr' is -1"),
        (["penalties.r11=3"], "unknown penalty 'r11'; did you mean 'r1'"),
        (["plugins=[none.py]"], "cannot read the plugin none.py: No such file"),
    ],
)
def test_a_wrong_name_or_value_is_one_sentence(specs_of, overrides, message):
    with pytest.raises(InputError, match=message) as caught:
        specs_of(*overrides)
    assert "\n" not in str(caught.value)


def test_a_rows_evaluation_lies_over_the_sweeps_key_by_key(specs_of):
    run = specs_of("variants=[{name: lsgan, evaluation: {every: 5}}]")[0]
    assert (run.evaluation.every, run.evaluation.samples) == (5, 500)


def test_a_sweep_without_steps_is_told_so(specs_of):
    with pytest.raises(InputError, match="does not say how many steps to train"):
        specs_of("steps=null")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("variants=[]", "'variants' is"),
        ("data=[]", "'data' is"),
        ("seeds=[1,1.0]", "a seed is listed twice"),
        ("data=[{name: gaussian},{name: gaussian}]", "the same data twice"),
        ("optimizer.lr=.inf", "'lr' is inf"),
        ("optimizer={name: [1]}", "the optimizer needs a name, such as 'name: adam'; known: adam, adamw"),
        ("plugins=[3]", "'plugins.0' is 3; it must be a text"),
    ],
)
def test_what_would_train_nothing_or_twice_or_forever_is_refused(specs_of, override, message):
    with pytest.raises(InputError, match=message):
        specs_of(override)


def test_a_plugin_is_part_of_every_run_of_the_sweep_that_names_it(specs_of, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from ganlab.variants import Penalty, register_penalty\n"
        "def mean(discriminator, real, fake, u):\n    return discriminator(real).mean()\n"
        "register_penalty(Penalty(name='mine', summary='', function=mean))\n"
    )
    plain, own = specs_of(f"plugins=['{file}']", "variants=[lsgan, {name: hinge, penalties: {mine: 1}}]")
    assert plain.plugins == own.plugins == (Plugin(name="mine.py", files={"mine.py": file.read_text()}),)
    assert specs_of("variants=lsgan")[0].plugins == ()
    with pytest.raises(InputError, match="unknown penalty 'mine'"):
        specs_of("variants=[{name: hinge, penalties: {mine: 1}}]")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{name: lsgan, ema: 0}", "'vanilla' has ema 0.999 and 'lsgan' 0, and rows that are measured differently"),
        (
            "{name: lsgan, schedules: {ema: {to: 0.9}}}",
            "'vanilla' has schedules.ema none and 'lsgan' linear to 0.9 over 1, and rows that are measured differently",
        ),
        ("{name: lsgan, evaluation: {samples: 200}}", "'vanilla' has evaluation.samples 500 and 'lsgan' 200"),
    ],
)
def test_rows_that_could_not_share_a_table_are_refused_before_training(specs_of, entry, message):
    with pytest.raises(InputError, match=message):
        specs_of(f"variants=[vanilla, {entry}]")


def test_a_generator_has_the_batches_of_the_discriminator_unless_told_otherwise(specs_of):
    assert spec(specs_of, "batch_size=8").generator_batch_size == 8
    assert spec(specs_of, "batch_size=8", "generator_batch_size=32").generator_batch_size == 32


def test_schedules_of_a_row_lie_over_those_of_the_sweep(specs_of):
    entry = "{name: r1, schedules: {r1: {to: 1, over: 0.5}, lr: {to: 0.1}}}"
    run = spec(specs_of, f"variants=[{entry}]", "schedules={lr: {to: 0, shape: cosine}}")
    assert {name: course.model_dump() for name, course in run.schedules.items()} == {
        "lr": {"to": 0.1, "shape": "linear", "over": 1.0},
        "r1": {"to": 1.0, "shape": "linear", "over": 0.5},
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["updates=simultaneous", "critic_steps=2"], "but critic_steps is 2 and generator_steps is 1; set both to 1"),
        (["updates=simultaneous", "generator_steps=3"], "but critic_steps is 1 and generator_steps is 3"),
        (["updates=simultaneous", "variants=wgan", "critic_steps=1"], "and critic_warmup to none"),
        (
            ["updates=simultanous"],
            "'updates' is 'simultanous'; it must be 'alternating', 'simultaneous' or 'extragradient'",
        ),
        (["schedules.lrr.to=0"], "schedules.lrr: the run has no such number; did you mean 'lr'"),
        (["schedules.r1.to=0"], "schedules.r1: the run has no such number"),
        (["schedules.lr={to: 0, shap: cosine}"], "unknown key 'schedules.lr.shap'; did you mean 'shape'"),
        (["schedules.lr=linear"], "'schedules.lr' is 'linear'; it must be keys with values"),
        (["schedules.beta2.to=1"], "schedules.beta2: 'to' is 1; it must be less than 1"),
        (["schedules.ema.to=1"], "schedules.ema: 'to' is 1; it must be less than 1"),
        (["label_smoothing=0.1", "schedules.label_smoothing.to=1"], "'to' is 1; it must be less than 1"),
        (["variants=began", "schedules.gamma.to=2"], r"schedules\.gamma: 'gamma' is 2.*1"),
        (["variants=wgan", "schedules.weight_clipping.to=0"], "leaves the discriminator no weights"),
        (["variants=wgan", "schedules.beta2.to=0.9"], "betas of adam and adamw may change, .* rmsprop and rmsprop"),
        (
            ["optimizer.name=optimistic-adam", "schedules.beta1.to=0"],
            "betas of adam and adamw may change, .* optimistic-",
        ),
        (["schedules.beta2.to=0.9", "precision=fp16"], "choose another precision"),
    ],
)
def test_settings_that_contradict_each_other_are_one_sentence(specs_of, overrides, message):
    with pytest.raises(InputError, match=message) as caught:
        specs_of(*overrides)
    assert "\n" not in str(caught.value)


def test_data_is_named_in_one_line_whatever_its_file_and_its_header_are_called(tmp_path, specs_of):
    file = tmp_path / "da[/x]\nta.csv"
    file.parent.mkdir()
    file.write_text('"hei\nght \x1b[31m"\n' + "".join(f"{value}\n" for value in range(100)), encoding="utf-8")
    choice = {"name": "column", "path": str(file), "column": "hei\nght \x1b[31m"}
    spec = specs_of(f"data={json.dumps(choice)}")[0]
    assert spec.dataset == f"column(path={tmp_path}/da[/x]\\nta.csv, column=hei\\nght \\x1b[31m)"
    assert spec.data.options["column"] == choice["column"], "the record keeps what was asked for"


SPLIT = "data={name: sklearn, column: iris/petal width (cm), split: seed}"


def test_a_split_by_seed_is_one_data_set_with_other_held_out_values_for_each_seed(specs_of):
    first, second = specs_of(SPLIT, "seeds=[0,3]")
    assert first.dataset == second.dataset == "sklearn(split=seed, column=iris/petal width (cm))"
    assert first.data == second.data
    assert load_data(first).reference.held_out.tolist() != load_data(second).reference.held_out.tolist()
    numbered = spec(specs_of, SPLIT.replace("seed", "3"))
    assert load_data(second).reference.held_out.tolist() == load_data(numbered).reference.held_out.tolist()


def test_members_with_other_training_values_share_no_program(specs_of):
    first, second = specs_of(SPLIT, "seeds=0..1")
    assert first.program != second.program


def test_a_seed_without_a_split_is_refused(specs_of):
    with pytest.raises(InputError, match=r"^data 'sklearn': there is no split 5: with held_out 0.2 there are 5"):
        specs_of(SPLIT, "seeds=0..5")
