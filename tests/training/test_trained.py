"""A trained generator, from its run directory to samples in a file."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playing import member_of, state_of
from recorder import rewrite_summary
from torch.func import functional_call

import ganlab
from ganlab.cli import main
from ganlab.data.image_files import read_images, write_images
from ganlab.errors import InputError
from ganlab.evaluation import evaluation_on
from ganlab.plugins import loading, use_plugins
from ganlab.record import RunDirectory
from ganlab.record.plugin import Plugin
from ganlab.training import checkpoint, evaluating, load_trained, read_spec, require_place, save_samples, trained
from ganlab.training.population import take

IMAGES = np.arange(6 * 3 * 8 * 8, dtype=np.uint8).reshape(6, 3, 8, 8)
POINTS = np.linspace(-1, 1, 5)[:, np.newaxis]
SHORT = ("steps=3", "evaluation={every: 3, samples: 100}", "optimizer.lr=0.05", "ema=0.5")
CSV = "h\n" + "\n".join(map(str, np.random.default_rng(0).normal(5000.1, 20.3, 200))) + "\n"
COLUMN = "data={name: column, path: h.csv, column: h}"
IMAGE_RUN = ("builder={name: dcgan, width: 4}", "conditional=true")


@pytest.fixture
def run(specs_of, train) -> RunDirectory:
    return train(specs_of(*SHORT)).directories[0]


def kept_state(run: RunDirectory):
    spec = read_spec(run)
    return member_of(spec), checkpoint.require(run, spec).state(state_of(spec))


def test_the_generator_is_the_averaged_one_and_the_discriminator_the_last(run):
    trained = load_trained(run)
    member, state = kept_state(run)
    generator = member.networks["generator"]
    latents = torch.randn(7, trained.spec.latent_dim)
    with torch.no_grad():
        made = trained.generator(latents)
        assert torch.equal(made, functional_call(generator, state.average["generator"], latents))
        assert not torch.equal(made, functional_call(generator, state.players["generator"].parameters, latents))
        parameters = state.players["discriminator"].parameters
        scores = functional_call(member.networks["discriminator"], parameters, made)
        assert torch.equal(trained.discriminator(made), scores)


def test_samples_depend_on_count_and_seed_alone(run):
    trained = load_trained(run)
    first = trained.sample(20, seed=1)
    assert first.shape == (20, 1)
    trained.sample(3, seed=2)
    assert np.array_equal(first, trained.sample(20, seed=1))
    assert np.array_equal(first, load_trained(run).sample(20, seed=1))
    assert not np.array_equal(first, trained.sample(20, seed=2))


@pytest.mark.parametrize("count", [0, -3])
def test_fewer_samples_than_one_are_refused(run, count):
    with pytest.raises(InputError, match=f"^cannot draw {count} samples; give a number from 1 on$"):
        load_trained(run).sample(count)


def test_a_move_is_in_place(run):
    trained = load_trained(run)
    assert trained.to("meta") is trained
    parameters = [*trained.generator.parameters(), *trained.discriminator.parameters()]
    assert {parameter.device.type for parameter in parameters} == {"meta"}


def test_samples_of_a_column_are_in_its_own_units(specs_of, train, tmp_path):
    values = 5000 + 20 * np.linspace(-1, 1, 200)
    (tmp_path / "h.csv").write_text("h\n" + "\n".join(map(str, values)) + "\n")
    (spec,) = specs_of(*SHORT, f"data={{name: column, path: {tmp_path}/h.csv, column: h}}")
    samples = load_trained(train([spec]).directories[0]).sample(500)
    assert abs(samples.mean() - 5000) < 100  # a generator of three updates is within a few standard deviations


def without_summary(run: RunDirectory) -> RunDirectory:
    """As of a run that is not done, of whose samples the data alone tell."""
    (run.path / "summary.json").unlink()
    return run


def measured_as_digits(reference, *arguments):
    """The evaluation of any small grey images, for which there is no Inception."""
    return evaluation_on(replace(reference, extractor="digits"), *arguments)


@pytest.mark.usefixtures("small_cache")
@pytest.mark.parametrize(
    ("settings", "kind"),
    [((), np.float32), (("data=ring",), np.float32), ((COLUMN,), np.float64), (("data=digits", *IMAGE_RUN), np.uint8)],
)
def test_samples_have_the_same_bits_with_the_data_and_without(specs_of, train, tmp_path, monkeypatch, settings, kind):
    monkeypatch.chdir(tmp_path)
    Path("h.csv").write_text(CSV)
    (run,) = train(specs_of(*SHORT, *settings)).directories
    with monkeypatch.context() as without:
        without.setattr(trained, "load_data", None)
        kept = load_trained(run).sample(100, seed=1)
    read = load_trained(without_summary(run)).sample(100, seed=1)
    assert kept.dtype == read.dtype == kind
    assert kept.tobytes() == read.tobytes()


@pytest.mark.usefixtures("small_cache")
def test_a_run_on_a_folder_of_images_is_sampled_where_the_folder_is_not(specs_of, train, tmp_path, monkeypatch, capsys):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "here"))
    monkeypatch.chdir(tmp_path / "here")
    for label in ("cat", "dog"):
        write_images(Path("pets") / label, torch.randint(256, (50, 1, 8, 8)).to(torch.uint8))
    monkeypatch.setattr(evaluating, "evaluation_on", measured_as_digits)
    (run,) = train(specs_of(*SHORT, "data={name: image-folder, path: pets}", *IMAGE_RUN)).directories
    before = load_trained(run).sample(20, label=1)
    shutil.rmtree(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "there")
    assert np.array_equal(ganlab.load(run.path).sample(20, label=1), before)
    assert main(["sample", str(run.path), "-n", "20", "--label", "1", "-o", "x.npz"]) == 0
    assert np.array_equal(np.load("x.npz")["images"], before)
    assert main(["sample", str(run.path), "-n", "20", "--label", "dog", "-o", "named.npz"]) == 0
    assert np.array_equal(np.load("named.npz")["images"], before)
    assert "20 samples of the class 'dog' of shape (1, 8, 8) in named.npz" in capsys.readouterr().out


@pytest.fixture
def with_names(specs_of, train, small_cache):
    """A function that gives a conditional generator of ten classes of the names given."""
    (run,) = train(specs_of(*SHORT, "data=digits", *IMAGE_RUN)).directories

    def load(names):
        summary = run.summary().record()
        assert summary["samples"].pop("class_names") == list("0123456789")
        summary["samples"] |= {"class_names": names} if names else {}
        rewrite_summary(run, summary)
        return load_trained(run)

    return load


def test_a_class_is_chosen_by_its_name_or_its_number(with_names):
    trained = with_names(["cat", "dog", "emu", "4x4", "-", "a b", "g", "h", "i", "j"])
    labels = ("cat", "emu", "4x4", "-", "a b", "0", "9")
    assert [trained.index_of(label) for label in labels] == [0, 2, 3, 4, 5, 0, 9]
    for label, message in (
        ("dgo", "^there is no class 'dgo'; did you mean 'dog'"),
        ("10", "^there is no label 10; the labels are 0 to 9$"),
        ("-1", "^there is no label -1; the labels are 0 to 9$"),
    ):
        with pytest.raises(InputError, match=message):
            trained.index_of(label)


def test_where_names_are_numbers_a_number_is_a_name(with_names):
    trained = with_names([str(number) for number in range(1, 11)])
    assert [trained.index_of(label) for label in ("1", "2", "10")] == [0, 1, 9]
    with pytest.raises(InputError, match=r"^there is no class '0'; "):
        trained.index_of("0")


def test_classes_without_names_have_numbers(with_names):
    trained = with_names([])
    assert trained.index_of("3") == 3
    with pytest.raises(InputError, match=r"^there is no class 'three'; the labels are 0 to 9$"):
        trained.index_of("three")


def test_an_unconditional_run_has_no_class_to_choose(run):
    assert load_trained(run).class_names == ()
    with pytest.raises(InputError, match=r"^the run is not conditional, so there are no labels to choose$"):
        load_trained(run).index_of("0")


@pytest.mark.parametrize("stop_at", [2, None])
def test_a_run_that_does_not_say_what_its_samples_are_needs_the_data_as_it_was(
    specs_of, train, tmp_path, monkeypatch, stop_at
):
    monkeypatch.chdir(tmp_path)
    Path("h.csv").write_text(CSV)
    (run,) = train(specs_of(*SHORT, COLUMN), stop_at=stop_at).directories
    if stop_at is None:
        without_summary(run)
    assert load_trained(run).sample(10).shape == (10, 1)
    Path("h.csv").write_text(CSV + "5000.0\n")
    with pytest.raises(InputError, match="has changed since"):
        load_trained(run)


def test_a_summary_that_tells_nonsense_of_the_samples_is_refused(run):
    rewrite_summary(run, run.summary().record() | {"samples": {"shape": [-1], "classes": 0}})
    with pytest.raises(InputError, match=r"summary\.json, samples: 'shape\.0' is -1"):
        load_trained(run)


def test_a_run_is_its_recorded_spec(specs_of, run):
    assert read_spec(run) == specs_of(*SHORT)[0]


def test_a_run_without_a_checkpoint_is_refused(run):
    run.checkpoint_path.unlink()
    with pytest.raises(InputError, match=r"checkpoint.pt is not there; bring back the one"):
        load_trained(run)


@pytest.mark.parametrize("revision", [1, 3, None])
def test_a_run_of_another_revision_is_refused(run, revision):
    path = run.path / "spec.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"revision": revision}))
    with pytest.raises(InputError, match=f"was made by revision {revision} of ganlab's training and this is revision"):
        read_spec(run)


@pytest.mark.parametrize("place", ["x.npy", "a/x.npz", "x.png", "folder/"])
def test_a_name_that_can_be_written_is_accepted_before_anything_is_there(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    require_place(place, IMAGES.shape[1:])
    require_place(place)


@pytest.mark.parametrize("place", ["x.txt", "x", "x.NPY.gz"])
def test_a_name_of_no_known_kind_is_refused_before_anything_is_drawn(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for refuse in (lambda: require_place(place), lambda: save_samples(place, POINTS)):
        with pytest.raises(InputError, match=r"the name must end in \.npy, or, for images, in \.png, \.npz or a slash"):
            refuse()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("samples", [POINTS, IMAGES])
def test_any_samples_go_into_an_npy_file_as_they_are(tmp_path, samples):
    save_samples(str(tmp_path / "x.npy"), samples)
    kept = np.load(tmp_path / "x.npy")
    assert kept.dtype == samples.dtype
    assert np.array_equal(kept, samples)


@pytest.mark.parametrize("name", ["x.png", "x.npz", "folder/"])
def test_points_are_no_images(tmp_path, name):
    for refuse in (require_place, lambda place, _: save_samples(place, POINTS)):
        with pytest.raises(InputError, match=r"samples of shape \(1,\) are no images; .* ends in \.npy"):
            refuse(f"{tmp_path}/{name}", (1,))
    assert list(tmp_path.iterdir()) == []


def test_images_go_into_an_npz_file_a_grid_or_a_folder(tmp_path):
    (tmp_path / "there").mkdir()
    for name in ("x.npz", "x.png", "folder/", "there"):
        save_samples(f"{tmp_path}/{name}", IMAGES)
    assert np.array_equal(np.load(tmp_path / "x.npz")["images"], IMAGES)
    assert Image.open(tmp_path / "x.png").mode == "RGB"
    for folder in ("folder", "there"):
        files = sorted((tmp_path / folder).iterdir())
        read = np.stack([np.moveaxis(np.asarray(Image.open(file)), -1, 0) for file in files])
        assert np.array_equal(read, IMAGES)


def test_a_grid_has_the_columns_it_is_given(tmp_path):
    save_samples(str(tmp_path / "grid.png"), np.zeros((40, 1, 512, 8), dtype=np.uint8), columns=10)
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size[0] == 10 * 9 - 1


def test_the_end_of_a_name_may_be_in_upper_case_as_in_reading(tmp_path):
    for name in ("x.NPZ", "x.NPY", "x.PNG"):
        save_samples(f"{tmp_path}/{name}", IMAGES)
    for name in ("x.NPZ", "x.NPY"):
        assert np.array_equal(read_images(tmp_path / name).images, IMAGES)
    assert Image.open(tmp_path / "x.PNG").format == "PNG"


@pytest.mark.parametrize("name", ["x.npy", "x.png", "x.npz", "folder/"])
def test_a_place_in_no_folder_is_refused_before_anything_is_drawn(tmp_path, name):
    place = f"{tmp_path}/nowhere/{name}"
    for refuse in (require_place, lambda place, _: save_samples(place, IMAGES)):
        with pytest.raises(InputError, match=f"cannot write {place}: there is no folder {tmp_path}/nowhere"):
            refuse(place, IMAGES.shape[1:])


def test_a_folder_that_is_not_empty_is_refused_before_anything_is_drawn(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InputError, match="is there already and not an empty folder"):
        require_place(str(tmp_path), IMAGES.shape[1:])


def test_points_are_not_written_to_a_folder_with_the_name_of_a_file(tmp_path):
    (tmp_path / "x.npy").mkdir()
    with pytest.raises(InputError, match="are no images"):
        save_samples(str(tmp_path / "x.npy"), POINTS)
    assert list((tmp_path / "x.npy").iterdir()) == []


def test_code_that_a_record_carries_runs_only_where_it_is_trusted(specs_of, train, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (spec,) = specs_of(*SHORT)
    code = "import pathlib; pathlib.Path('ran').touch(); from ganlab.variants import register, VARIANTS; "
    code += "from dataclasses import replace; register(replace(VARIANTS['vanilla'], name='mine'))"
    plugin = Plugin(name="mine.py", files={"mine.py": code})
    run = train([spec.model_copy(update={"plugins": (plugin,)})]).directories[0]
    Path("ran").unlink()
    use_plugins([])
    monkeypatch.setattr(loading, "_process", loading._Process())  # as in a process that has not run it
    with pytest.raises(InputError, match=r"code of the run's author \(mine.py\).* --trust \(in Python, trust=Tr"):
        ganlab.load(run.path)
    assert not Path("ran").exists()
    assert ganlab.load(run.path, trust=True).sample(3).shape == (3, 1)


UNBALANCED = "data={name: gaussian-mixture, means: [-2, 2], stds: [0.3, 0.3], weights: [9, 1]}"


def test_statistics_of_batch_normalisation_are_of_classes_as_frequent_as_in_the_data(specs_of, train):
    normalised = "builder={name: mlp, widths: [8], generator_norm: batch}"
    training = train(specs_of(*SHORT, UNBALANCED, "conditional=true", normalised))
    measured = training.trainer.measurement
    state = take(training.trainer.population.state, 0)
    sampler = measured._sampler(training.trainer.spec)
    generator = sampler.evaluated(training.trainer.networks["generator"], state.average["generator"])
    loaded = load_trained(training.directories[0])
    buffers = dict(generator.named_buffers())
    assert any("running_mean" in name for name in buffers)
    for name, value in loaded.generator.named_buffers():
        assert torch.equal(value, buffers[name]), name
    assert loaded.sample(4).shape == (4, 1)
