"""Training on a GPU: the same runs as on a processor, up to rounding, and the same bits again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import ganlab
from ganlab.errors import InputError
from ganlab.training import setup

pytestmark = [
    pytest.mark.usefixtures("small_cache"),
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU"),
]

GPU = torch.device("cuda")
DIGITS = (
    "data={name: digits, flips: true}",
    "conditional=true",
    "builder={name: dcgan, width: 8}",
    "steps=20",
    "evaluation={every: 10, samples: 100}",
)
ON_THE_LINE = ("variants=wgan-gp", "seeds=[0,1]", "steps=10", "evaluation={every: 10, samples: 500}")


@pytest.fixture
def little_memory() -> Iterator[None]:
    """150 MB for this process; the update that is to fail needs some 300."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1.5e8 / torch.cuda.mem_get_info()[1])
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.parametrize("compiled", [False, True])
def test_members_on_the_line_follow_those_on_a_processor(specs_of, train, compiled):
    specs = specs_of(*ON_THE_LINE)
    there, here = train(specs, compiled=compiled, device=GPU), train(specs)
    for index in range(2):
        other = here.leaves(index)
        for name, value in there.leaves(index).items():
            torch.testing.assert_close(value.cpu(), other[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_first_update_on_images_is_that_of_a_processor(specs_of, train, compiled):
    specs = specs_of(*DIGITS, "steps=1", "evaluation={every: 1, samples: 100}")
    there, here = train(specs, compiled=compiled, device=GPU).leaves(), train(specs).leaves()
    gradients = [name for name in here if ".optimizer.first" in name]  # a parameter moves by their sign, noise or not
    assert len(gradients) > 10
    for name in gradients:
        torch.testing.assert_close(there[name].cpu(), here[name], rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16", "fp16"])
def test_a_compiled_run_finishes_in_every_precision(specs_of, train, precision):
    training = train(specs_of(*DIGITS, f"precision={precision}"), compiled=True, device=GPU)
    summary = training.directories[0].summary().record()
    assert summary["status"] == "finished"
    assert summary["environment"]["gpu"] == torch.cuda.get_device_name(GPU)
    assert {leaf.dtype for name, leaf in training.leaves().items() if ".parameters" in name} == {torch.float32}


def test_a_run_that_is_broken_off_goes_on_from_its_last_iteration(specs_of, train, tmp_path):
    specs = specs_of(*DIGITS)
    train(specs, folder=tmp_path / "broken", stop_at=13, device=GPU)
    training = train(specs, folder=tmp_path / "broken", device=GPU)
    assert training.directories[0].summary().record()["status"] == "finished"
    assert training.reports[0].iteration == 13


@pytest.mark.parametrize("compiled", [False, True])
def test_streamed_images_are_those_that_lie_on_the_gpu(specs_of, train, monkeypatch, compiled):
    specs = specs_of(*DIGITS)
    resident = train(specs, compiled=compiled, device=GPU)
    monkeypatch.setattr(setup, "has_room", lambda device, tables: False)
    streamed = train(specs, compiled=compiled, device=GPU)
    assert streamed.trainer._batches["discriminator"].storage[0].is_cuda
    other = resident.leaves()
    for name, value in streamed.leaves().items():
        torch.testing.assert_close(value, other[name], rtol=1e-2, atol=1e-3)


def test_a_population_of_networks_with_convolutions_trains(specs_of, train):
    training = train(specs_of(*DIGITS, "seeds=[0,1,2]"), compiled=True, device=GPU)
    assert [directory.summary().record()["status"] for directory in training.directories] == ["finished"] * 3


def test_a_batch_that_is_too_large_is_one_sentence(specs_of, train, little_memory):
    with pytest.raises(InputError, match=r"a batch of 8192 does not fit into the memory of cuda; (a batch|nor does)"):
        train(specs_of(*DIGITS, "builder.width=64", "batch_size=8192"), device=GPU)


def test_trained_networks_sample_on_the_gpu_what_they_sample_on_a_processor(specs_of, train):
    folder = train(specs_of(*DIGITS), device=GPU).directories[0].path
    there, here = (ganlab.load(folder).to(device).sample(16, seed=0) for device in ("cuda", "cpu"))
    assert (abs(there.astype(int) - here.astype(int)) <= 1).all()
