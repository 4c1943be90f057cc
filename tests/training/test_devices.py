"""Where to train."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import InputError
from ganlab.training.devices import find_device, is_out_of_memory, memory_for

without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@without_gpu
def test_without_a_gpu_the_processor_is_taken():
    assert find_device("auto") == torch.device("cpu")


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
def test_with_a_gpu_it_is_taken():
    assert find_device("auto").type == "cuda"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tpu", "unknown device 'tpu'; choose auto, cpu, cuda, cuda:N or mps"),
        ("cuda:99", "there is no device 'cuda:99': torch sees"),
        ("meta", "cannot train on 'meta'"),
    ],
)
def test_a_device_that_is_not_there_is_refused(name, message):
    with pytest.raises(InputError, match=message):
        find_device(name)


def test_a_processor_without_memory_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**55)
    assert is_out_of_memory(caught.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: out of memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


def test_what_does_not_fit_is_told_in_one_sentence_and_other_faults_stay_what_they_are():
    here = torch.device("cpu")
    refused = pytest.raises(InputError, match="the networks do not fit into the memory of cpu; make")
    with refused, memory_for("the networks", here):
        torch.empty(2**55)
    with pytest.raises(RuntimeError, match="shapes") as caught, memory_for("the networks", here):
        raise RuntimeError("shapes do not match")
    assert not isinstance(caught.value, InputError)
