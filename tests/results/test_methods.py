"""The methods paragraphs: what they say stands in the records, and rows that differ are named."""

from __future__ import annotations

import pytest
from records import with_spec, with_summary

from ganlab.record.plugin import Plugin
from ganlab.results import build, read_runs
from ganlab.results.methods import methods
from ganlab.results.wording import by_row, integers, listed, options
from ganlab.text import counted
from ganlab.variants import VARIANTS


@pytest.fixture(scope="module")
def runs(trained_sweep):
    return read_runs([str(trained_sweep)])


def text_of(runs, columns=("w1",)) -> str:
    return methods(runs, build(runs, columns))


def only(runs, *labels):
    return [run for run in runs if run.label in labels]


def test_it_says_what_was_trained_on_what(runs):
    text = text_of(runs)
    assert text.startswith(
        "We trained lsgan (arXiv:1611.04076), mine (the variant wgan-gp, arXiv:1704.00028) and "
        "wild (the variant lsgan, arXiv:1611.04076) on gaussian (mean 0, std 1) with ganlab."
    )
    assert "Seeds: 3 (0 to 2)." in text
    assert "Networks: mlp (widths 8, activation leaky_relu," in text
    assert "with a latent space of 4 dimensions, in fp32." in text
    assert "Length of a run: 40 iterations with batches of 16." in text


def test_rows_that_differ_are_named(runs):
    text = text_of(runs)
    assert (
        "In each iteration: 5 discriminator updates and then 1 generator update for mine; "
        "1 discriminator update and then 1 generator update for lsgan and wild." in text
    )
    assert "Penalties: gradient penalty of weight 10 (arXiv:1704.00028) for mine; none for lsgan and wild." in text
    assert "Adam (learning rate 1e+12, betas 0.5 and 0.999, epsilon 1e-08) for both networks for wild" in text


def test_what_no_row_has_is_not_mentioned(runs):
    text = text_of(only(runs, "lsgan"))
    assert "Penalties" not in text
    assert "Constraints" not in text
    assert "In each iteration: 1 discriminator update and then 1 generator update." in text
    assert "Schedules" not in text


def test_the_protocol_is_that_of_the_records(runs):
    text = text_of(runs)
    protocol = runs[0].protocol
    assert (
        "Metrics are those of 500 samples of the generator (moving average, decay min(0.999, (1 + t) / (10 + t)) at "
        "update t) at the last iteration, against the exact density." in text
    )
    assert f"w1 (lower is better): {protocol.metrics['w1'].estimator}." in text
    assert "kl_reverse" not in text


def test_extractors_are_named_with_their_hash(runs):
    extractor = {"network": "a classifier", "weights_sha256": "abcdef" * 10 + "0123", "resize": "none"}
    protocol = {**runs[0].protocol.record(), "extractors": {"digits": extractor}}
    changed = [with_summary(run, protocol=protocol) for run in only(runs, "lsgan")]
    assert (
        "Features of digits are those of the network a classifier (weights SHA-256 abcdefabcdef, resize none)."
        in text_of(changed)
    )


def test_what_has_no_weights_is_no_network(runs):
    pixels = {"network": "no network, levels 0..1", "weights_sha256": "none", "resize": "averages"}
    protocol = {**runs[0].protocol.record(), "extractors": {"pixels": pixels}}
    assert "network no network" not in text_of([with_summary(run, protocol=protocol) for run in only(runs, "lsgan")])


def test_plugins_are_named_with_their_hashes(runs):
    plugin = Plugin(name="mine.py", files={"mine.py": "..."})
    own = [with_spec(run, plugins=[plugin.model_dump()]) for run in only(runs, "lsgan")]
    said = f"Code of our own, which the records hold: mine.py (SHA-256 {plugin.sha256[:12]})."
    assert said in text_of(own)
    assert "of our own" not in text_of(only(runs, "lsgan"))


def test_only_conditional_networks_are_said_to_be_given_labels(runs):
    builder = {"name": "dcgan", "options": {"width": 64, "conditioning": "concat"}}
    plain, conditional = (
        text_of([with_spec(run, builder=builder, conditional=flag) for run in only(runs, "lsgan")])
        for flag in (False, True)
    )
    assert "conditioning" not in plain
    assert "conditioning concat" in conditional


def test_the_statistics_are_those_of_the_table(runs):
    table = build(runs, ["w1"])
    text = methods(runs, table)
    tests = {comparison.difference.test for comparison in table.comparisons}
    assert "Mann-Whitney" in tests
    assert all(test in text for test in tests)
    assert "at the 5% level tells it from that of every other row, which needs no correction within a column" in text


def test_diverged_and_unfinished_runs_are_counted_and_named(runs):
    text = text_of(runs)
    steps = [run.diverged_at for run in only(runs, "wild")]
    named = [f"wild, seed {seed}, after {counted(step, 'iteration')}" for seed, step in enumerate(steps)]
    assert f"3 of the 8 runs have diverged ({'; '.join(named)}) and count as the worst value." in text
    assert "Not finished, and left out: mine, seed 2." in text
    assert "None of the 3 runs diverged." in text_of(only(runs, "lsgan"))
    one = [run for run in runs if run.label == "lsgan" or (run.label == "wild" and run.seed == 0)]
    assert "1 of the 4 runs has diverged (wild, seed 0," in text_of(one)
    assert "and counts as the worst value." in text_of(one)


def test_the_computation_is_that_of_the_records(runs):
    text = text_of(only(runs, "lsgan"))
    environment = runs[0].result.environment
    assert f"They ran on {environment.processor} (1 thread a process) with Python {environment.python}," in text
    assert f"SciPy {environment.scipy}, uncompiled." in text
    assert "A run showed the discriminator 640 real samples" in text


def test_several_machines_and_moves_between_them_are_told(runs):
    first, *others = only(runs, "lsgan")
    here = first.result.environment.record()
    gpu = {**here, "processor": "another", "gpu": "NVIDIA H200", "compiled": True}
    moved = with_summary(first, environment=gpu, environments=[{"from_step": 0, **here}, {"from_step": 20, **gpu}])
    text = text_of([moved, *others])
    assert f"3 runs used {here['processor']} (1 thread a process)" in text
    assert "1 run used NVIDIA H200 and another (1 thread a process) with Python" in text
    assert "1 run went on in another environment after an interruption." in text


def test_a_warm_up_of_the_discriminator_is_told(runs):
    warmup = {"steps": 100, "first": 25, "every": 500}
    changed = [with_spec(run, critic_warmup=warmup) for run in only(runs, "lsgan")]
    assert (
        "1 discriminator update (100 in the first 25 iterations and in one of every 500 after them) "
        "and then 1 generator update." in text_of(changed)
    )


def test_different_optimisers_of_the_two_networks_are_told_apart(runs):
    slow = {"name": "rmsprop", "lr": 5e-05, "alpha": 0.99, "eps": 1e-08}
    changed = [with_spec(run, generator_optimizer=slow) for run in only(runs, "lsgan")]
    assert (
        "for the discriminator and RMSProp (learning rate 5e-05, decay 0.99, epsilon 1e-08) for the generator."
        in text_of(changed)
    )


def test_decoupled_weight_decay_is_told(runs):
    decayed = {"name": "adamw", "lr": 1e-3, "betas": [0.5, 0.9], "eps": 1e-8, "weight_decay": 0.01}
    text = text_with(runs, discriminator_optimizer=decayed, generator_optimizer=decayed)
    assert "AdamW (learning rate 0.001, betas 0.5 and 0.9, epsilon 1e-08, weight decay 0.01) for both networks" in text


def text_with(runs, **changes) -> str:
    return text_of([with_spec(run, **changes) for run in only(runs, "lsgan")])


def test_schedules_are_told(runs):
    linear = {"to": 0.0, "shape": "linear", "over": 1.0}
    cosine = {"to": 0.99, "shape": "cosine", "over": 0.2}
    assert (
        "Schedules: beta2 going along a cosine to 0.99 over the first 20% of the iterations and learning rate going "
        "linearly to 0 over all iterations." in text_with(runs, schedules={"beta2": cosine, "lr": linear})
    )


def test_the_generators_own_updates_and_batches_are_told(runs):
    text = text_with(runs, generator_steps=10, generator_batch_size=32)
    assert "1 discriminator update and then 10 generator updates." in text
    assert "40 iterations with batches of 16 (32 for the generator)." in text
    extragradient = text_with(runs, updates="extragradient")
    assert "1 update of both networks, with the gradients from where such an update of both would lead" in extragradient
    simultaneous = text_with(runs, updates="simultaneous")
    assert "In each iteration: 1 update of both networks, from the same parameters." in simultaneous


def test_it_says_where_default_settings_are_from_and_which_a_row_has_changed(runs):
    text = text_of(runs)
    source = VARIANTS["lsgan"].defaults.source
    assert f"Source of the default settings of lsgan: {source}. wild has other discriminator optimiser" in text
    assert f"Source of the default settings of wgan-gp: {VARIANTS['wgan-gp'].defaults.source}." in text


def test_words():
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
    assert (counted(1, "seed"), counted(0, "seed"), counted(5000, "seed")) == ("1 seed", "0 seeds", "5,000 seeds")
    assert (integers([2, 0, 1]), integers([0, 1]), integers([5]), integers([0, 3, 7])) == (
        "0 to 2",
        "0 and 1",
        "5",
        "0, 3 and 7",
    )
    assert (
        options({"widths": [32, 16], "flips": False, "size": None, "lr_rate": 1e-4})
        == "widths 32-16, flips no, lr rate 0.0001"
    )


def steps_by_row(sweep) -> str:
    return by_row(sweep.table(), lambda row: f"{row.spec.steps} steps")


def test_what_all_rows_of_a_data_set_share_is_said_of_the_data_set(sweep):
    for label in ("lsgan", "wgan"):
        sweep.finished(label, 0, {"w1": 0.1}, dataset="ring")
        sweep.finished(label, 0, {"w1": 0.1}, dataset="grid", steps=50)
    assert steps_by_row(sweep) == "50 steps on grid; 2000 steps on ring"


def test_what_a_row_has_on_every_data_set_is_said_of_its_label(sweep):
    for dataset in ("ring", "grid"):
        sweep.finished("lsgan", 0, {"w1": 0.1}, dataset=dataset)
        sweep.finished("wgan", 0, {"w1": 0.1}, dataset=dataset, steps=50)
    assert steps_by_row(sweep) == "2000 steps for lsgan; 50 steps for wgan"


def test_a_row_alone_is_named_with_its_data_set(sweep):
    for dataset in ("ring", "grid"):
        for label in ("lsgan", "wgan"):
            steps = 50 if (dataset, label) == ("ring", "wgan") else 2000
            sweep.finished(label, 0, {"w1": 0.1}, dataset=dataset, steps=steps)
    assert (
        steps_by_row(sweep) == "50 steps for wgan on ring; 2000 steps for lsgan on grid, wgan on grid and lsgan on ring"
    )


def test_most_of_many_rows_are_the_others(sweep):
    for label in "abcd":
        sweep.finished(label, 0, {"w1": 0.1})
    sweep.finished("e", 0, {"w1": 0.1}, steps=50)
    assert steps_by_row(sweep) == "50 steps for e; 2000 steps for the others"


def test_rows_of_two_sweeps_have_the_names_of_the_table(runs):
    own = only(runs, "lsgan")
    others = [
        with_summary(
            with_spec(run, sweep="other", id=f"other{run.seed}", critic_steps=2),
            settings={"source": "", "changed": ["x"]},
        )
        for run in own
    ]
    text = text_of([*own, *others])
    assert "2 discriminator updates and then 1 generator update for lsgan [other]" in text
    assert "lsgan [other] has other x." in text
