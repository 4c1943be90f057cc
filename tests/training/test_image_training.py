"""Training on images: labels, precision, and members that train one a program."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from playing import member_of, numbers_for, state_of
from torch import nn
from torch.func import functional_call

import ganlab
from ganlab.data.image_files import write_images
from ganlab.errors import InputError
from ganlab.evaluation.images.classifier import ensure_classifier
from ganlab.training import sampling
from ganlab.training.checkpoint import named_leaves
from ganlab.training.population import take
from ganlab.training.sampling import Sampler, unconditional
from ganlab.training.setup import build_member, load_data
from ganlab.training.state import Batch
from ganlab.variants import PENALTIES, Penalty, register_penalty

pytestmark = pytest.mark.usefixtures("small_cache")

DIGITS = (
    "data=digits",
    "builder={name: dcgan, width: 4}",
    "steps=6",
    "evaluation={every: 3, samples: 100}",
    "log_every=3",
)


def same_bits(first, second) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
@pytest.mark.long
def test_a_run_that_is_broken_off_ends_with_the_bits_of_one_that_is_not(specs_of, train, tmp_path):
    specs = specs_of(*DIGITS)
    whole = train(specs)
    train(specs, folder=tmp_path / "broken", stop_at=4)
    assert same_bits(whole.leaves(), train(specs, folder=tmp_path / "broken").leaves())


def test_evaluation_and_pictures_change_no_bit_of_training(specs_of, train):
    often, once = (specs_of(*DIGITS[:3], f"evaluation={{every: {every}, samples: 100}}") for every in (1, 6))
    assert same_bits(train(often).leaves(), train(once).leaves())


@pytest.mark.slow
@pytest.mark.long
def test_a_compiled_member_differs_from_an_uncompiled_one_by_rounding_alone(specs_of, train):
    specs = specs_of(*DIGITS)
    compiled, eager = (train(specs, compiled=flag).leaves() for flag in (True, False))
    for name, value in compiled.items():
        torch.testing.assert_close(value, eager[name], atol=1e-3, rtol=1e-2)


@pytest.mark.parametrize(("conditional", "shown"), [("false", 64), ("true", 100)])
def test_an_image_run_leaves_its_pictures(specs_of, train, conditional, shown):
    folder = train(specs_of(*DIGITS, f"conditional={conditional}")).directories[0].path / "samples"
    kept = np.load(folder / "00000006.npz")
    assert kept["images"].shape == kept["raw"].shape == (shown, 1, 8, 8)
    assert kept["images"].dtype == np.uint8
    assert {path.name for path in folder.glob("*.png")} == {"interpolations.png", "neighbours.png"}


def test_what_is_shown_comes_from_the_same_latents_at_each_evaluation(specs_of, train, monkeypatch):
    drawn = []
    usual = sampling.generator_for
    monkeypatch.setattr(sampling, "generator_for", lambda seed, *path: drawn.append(path) or usual(seed, *path))
    train(specs_of(*DIGITS))
    assert drawn.count(("shown",)) == 5  # twice at each of two evaluations, and for the last pictures
    assert ("evaluation", 3) in drawn
    assert ("evaluation", 6) in drawn


def test_a_conditional_generator_is_given_the_labels_of_the_batch(specs_of, train):
    training = train(specs_of(*DIGITS, "conditional=true"))
    trained = ganlab.load(training.directories[0].path)
    threes = trained.sample(20, seed=1, label=3)
    assert threes.shape == (20, 1, 8, 8)
    assert not np.array_equal(threes, trained.sample(20, seed=1, label=4))
    assert trained.columns == 10
    with pytest.raises(InputError, match="there is no label 10; the labels are 0 to 9"):
        trained.sample(1, label=10)


def test_conditional_and_unconditional_runs_are_measured_alike(specs_of, train):
    one, other = (
        train(specs_of(*DIGITS, f"conditional={conditional}")).directories[0].summary().record()["protocol"]
        for conditional in ("true", "false")
    )
    assert "class_accuracy" in one["metrics"]
    del one["metrics"]["class_accuracy"]
    assert one == other


def test_data_without_labels_cannot_be_conditional(specs_of):
    with pytest.raises(InputError, match="'conditional' needs labels, and the data 'gaussian' has none"):
        specs_of("conditional=true")


def test_an_unconditional_run_knows_no_label(specs_of, train):
    trained = ganlab.load(train(specs_of(*DIGITS)).directories[0].path)
    with pytest.raises(InputError, match="the run is not conditional, so there are no labels to choose"):
        trained.sample(1, label=0)


def test_the_trained_networks_are_plain_modules_whose_samples_are_those_of_the_run(specs_of, train):
    trained = ganlab.load(train(specs_of(*DIGITS)).directories[0].path)
    images = trained.sample(40, seed=0)
    assert images.dtype == np.uint8
    assert np.array_equal(images, trained.sample(40, seed=0))
    assert not trained.generator.training
    latents = torch.randn(40, 4)
    with torch.no_grad():
        alone, together = trained.generator(latents[:1]), trained.generator(latents)
    torch.testing.assert_close(alone[0], together[0])
    assert trained.discriminator(together).shape == (40,)
    assert isinstance(trained.generator, nn.Module)


def test_batch_statistics_and_a_penalty_on_slopes_do_not_go_together(specs_of, tmp_path):
    write_images(tmp_path / "noise", torch.randint(256, (8, 3, 16, 16)).to(torch.uint8))
    settings = (f"data={{name: image-folder, path: {tmp_path}/noise}}", DIGITS[1], "variants=wgan-gp")
    with pytest.raises(InputError, match="set its norm to layer, group, spectral or none"):
        specs_of(*settings)
    assert specs_of(*settings, "builder.discriminator_norm=layer")


def test_networks_that_do_not_fit_the_data_are_refused_when_the_sweep_is_read(specs_of):
    with pytest.raises(InputError):
        specs_of("builder={name: dcgan}")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_in_low_precision_parameters_and_penalties_stay_float32(specs_of, train, precision):
    seen = []

    def spy(discriminator, real, fake, u):
        scores = discriminator(real)
        seen.append((scores.dtype, real.dtype, fake.dtype))
        return scores.square().mean()

    register_penalty(Penalty(name="spy", summary="looks", function=spy))
    assert "spy" in PENALTIES.names
    settings = ("builder.discriminator_norm=none", "penalties={spy: 0.1}", f"precision={precision}")
    training = train(specs_of(*DIGITS, *settings))
    assert set(seen) == {(torch.float32,) * 3}
    assert {leaf.dtype for name, leaf in training.leaves().items() if ".parameters" in name} == {torch.float32}
    assert training.directories[0].summary().record()["status"] == "finished"


@pytest.mark.slow
@pytest.mark.long
def test_low_precision_moves_parameters_nearly_as_float32_does(specs_of, train):
    settings = (*DIGITS[:2], "steps=1", "evaluation={every: 1, samples: 100}", "optimizer={name: rmsprop, eps: 1}")
    start = named_leaves(state_of(specs_of(*settings)[0]))
    full, low = (train(specs_of(*settings, f"precision={name}")).leaves() for name in ("fp32", "bf16"))
    assert not same_bits(full, low)
    for name in full:
        if ".players['discriminator'].parameters" in name and "weight" in name:
            move = full[name] - start[name]
            assert (low[name] - full[name]).norm() < 0.05 * move.norm()


def test_networks_are_given_the_labels_of_the_images_in_the_batch(specs_of):
    (spec,) = specs_of(*DIGITS, "conditional=true")
    data = load_data(spec)
    drawn = data.draw(torch.Generator().manual_seed(0), 16)
    images, labels = data.transform(drawn, data.storage)
    given = []

    def spy(module, parameters, inputs, further):
        given.append((module, *inputs))
        return functional_call(module, parameters, inputs, further)

    member = build_member(spec, data)
    state, numbers = state_of(spec), numbers_for(spec, member)
    batch = Batch(drawn, torch.randn(16, spec.latent_dim), {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganlab.games.nets.functional_call", spy)
        for player in member.game.players:
            member.update(player, state, batch, numbers, data.storage)
    assert len(given) >= 5
    assert all(torch.equal(one[2], labels) for one in given)
    assert any(one[0] is member.networks["discriminator"] and torch.equal(one[1], images) for one in given)


def test_batch_statistics_of_a_conditional_generator_see_all_labels_evenly(specs_of):
    (spec,) = specs_of(*DIGITS, "conditional=true")
    sampler = Sampler(spec=spec, prior=member_of(spec).game.prior, conditions=load_data(spec).draw_conditions)
    seen = torch.cat([labels for _, labels in sampler._statistics_batches()])
    counts = torch.bincount(seen, minlength=10)
    assert counts.max() - counts.min() <= 1


def test_an_evaluated_generator_lies_where_its_parameters_are(specs_of):
    (spec,) = specs_of("builder={name: mlp, widths: [8]}")
    generator = member_of(spec).networks["generator"]
    elsewhere = {name: value.to("meta") for name, value in generator.state_dict().items()}
    sampler = Sampler(spec=spec, prior=member_of(spec).game.prior, conditions=unconditional)
    moved = sampler.evaluated(generator, elsewhere)
    assert {value.device.type for value in moved.parameters()} == {"meta"}


def test_an_fp16_member_counts_the_updates_that_an_overflow_left_out(specs_of, train, monkeypatch):
    monkeypatch.setattr("ganlab.training.precision.FIRST_SCALE", 2.0**60)
    training = train(specs_of(*DIGITS, "precision=fp16"))
    state = take(training.trainer.population.state, 0)
    assert state.players["generator"].scaling["scale"] < 2.0**60
    assert state.alive
    assert state.players["generator"].optimizer.step == 6
    assert training.directories[0].summary().record()["status"] == "finished"


@pytest.mark.slow
@pytest.mark.long
def test_learning_rates_go_down_to_zero_in_a_straight_line(specs_of, train):
    constant, fading = (
        train(specs_of("steps=2", "optimizer={name: rmsprop, lr: 0.1}", f"schedules={schedules}")).leaves()
        for schedules in ("{}", "{lr: {to: 0}}")
    )
    start = train(specs_of("steps=1", "optimizer={name: rmsprop, lr: 0.1}")).leaves()
    name = ".players['discriminator'].parameters['3.bias']"
    # the first step is the same; the second is half as long, but for what the generator has changed by then
    assert torch.equal(start[name], train(specs_of("steps=1", "optimizer={name: rmsprop, lr: 0.1}")).leaves()[name])
    longer, shorter = (constant[name] - start[name]).abs(), (fading[name] - start[name]).abs()
    torch.testing.assert_close(2 * shorter, longer, rtol=1e-4, atol=1e-6)


def test_a_batch_that_is_too_large_is_one_sentence_that_names_one_that_fits(specs_of, train, monkeypatch):
    usual = torch.func.functional_call

    def scarce(module, parameters, inputs, further):
        if inputs[0].shape[0] > 30:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(module, parameters, inputs, further)

    monkeypatch.setattr("ganlab.games.nets.functional_call", scarce)
    with pytest.raises(InputError, match="batches of 64 do not fit into the memory of cpu; batches of 16 would"):
        train(specs_of(*DIGITS, "batch_size=64"))


@pytest.mark.slow
def test_a_conditional_generator_draws_the_digit_that_is_asked_for(specs_of, train):
    specs = specs_of(
        "data=digits",
        "conditional=true",
        "builder={name: dcgan, width: 16}",
        "steps=1500",
        "batch_size=64",
        "latent_dim=16",
        "optimizer.lr=1e-3",
        "ema=0.99",
        "evaluation={every: 1500, samples: 1000}",
    )
    trained = ganlab.load(train(specs, compiled=True).directories[0].path)
    classifier = ensure_classifier("digits")
    agreement = []
    for digit in range(10):
        images = torch.from_numpy(trained.sample(100, seed=1, label=digit))
        agreement.append((classifier.extract(images).logits.argmax(dim=1) == digit).double().mean().item())
    assert np.mean(agreement) > 0.8, agreement


@pytest.mark.slow
@pytest.mark.long
def test_members_with_convolutions_that_share_a_population_train_as_each_alone(specs_of, train):
    specs = specs_of(*DIGITS[:2], "steps=2", "evaluation={every: 2, samples: 100}", "seeds=[0,1]")
    together = train(specs)
    for index, spec in enumerate(specs):
        alone = train([spec]).leaves()
        for name, value in together.leaves(index).items():
            torch.testing.assert_close(value, alone[name], atol=1e-4, rtol=1e-3)
