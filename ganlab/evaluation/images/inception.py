"""The Inception network of FID: torch-fidelity's, with its weights, run faster at the same precision."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ganlab.data.places import may_download
from ganlab.errors import InputError
from ganlab.evaluation.images.features import Features, device, extract_in_batches

NAME = "inception"
SIDE = 299
FEATURES = 2_048
"""Of the last pooling, which FID is of."""
BATCHES = {"cpu": 16, "cuda": 128, "mps": 128}
"""What keeps a processor's caches and a GPU's cores busy."""
URL = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"
"""torch-fidelity's own, written out because its import takes seconds."""

WEIGHTS = "GANLAB_INCEPTION_WEIGHTS"


BROKEN = (pickle.UnpicklingError, EOFError, RuntimeError, TypeError, ValueError, LookupError, AttributeError)
"""What torch and torch-fidelity raise on a file that is something else: the first bytes decide."""


class WeightsMissingError(InputError):
    """The Inception weights are not on this machine; the message says how to get them."""


class Inception:
    """torch-fidelity's ``inception-v3-compat``: features of the layer 2048, and unbiased logits [1008].

    It is the network of the original Inception score and FID (arXiv:1512.00567, as of 2015-12-05).

    Args:
        file: the weights, as torch-fidelity publishes them.

    Raises:
        InputError: the file holds something else.
    """

    name = NAME
    resize = f"{SIDE} x {SIDE}, bilinear as in TensorFlow 1; one channel is repeated to three"

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self.weights = hashlib.file_digest(opened, "sha256").hexdigest()
        self._network = _Network(_stock(file)).to(device())

    def extract(self, images: Tensor) -> Features:
        """The features of `images`, uint8 [n, 1 or 3, H, W].

        Raises:
            InputError: they have another number of channels.
        """
        channels = images.shape[1]
        if channels not in (1, 3):
            raise InputError(f"Inception features need images of 1 or 3 channels, and these have {channels}")
        return extract_in_batches(self._network, images.expand(-1, 3, -1, -1), BATCHES[device().type])

    def describe(self) -> dict[str, Any]:
        import torch_fidelity

        return {
            "network": f"inception-v3-compat of torch-fidelity {torch_fidelity.__version__}",
            "weights_sha256": self.weights,
            "resize": self.resize,
        }


def load_inception(weights: Path | None = None) -> Inception:
    """The network with the weights of the file `weights`, or with those that `find_weights` finds.

    A process builds it once.

    Raises:
        WeightsMissingError: no file was named and none is found.
        InputError: the file that was named is not there, or holds something else.
    """
    return _built(find_weights(weights))


def find_weights(named: Path | None = None) -> Path:
    """The file of the weights: `named`, ``$GANLAB_INCEPTION_WEIGHTS``, or where torch-fidelity keeps them.

    With ``GANLAB_DOWNLOAD=1`` they are downloaded there if need be.

    Raises:
        WeightsMissingError: no file was named and none is found.
        InputError: the file that was named is not there, or the download failed.
    """
    file = names_weights(named)
    if file:
        if not file.is_file():
            raise InputError(f"there is no file {file}; name the Inception weights of {URL}")
        return file
    file = Path(torch.hub.get_dir(), "checkpoints", URL.rpartition("/")[2])
    if not file.exists():
        if not may_download():
            raise WeightsMissingError(
                "the Inception weights are missing; --download fetches them, and --inception-weights takes a copy of "
                f"{URL}"
            )
        _download(URL, file)
    return file


def names_weights(named: Path | None = None) -> Path | None:
    """The file of the weights that the user named: `named`, or ``$GANLAB_INCEPTION_WEIGHTS``."""
    variable = os.environ.get(WEIGHTS)
    return named or (Path(variable) if variable else None)


def _download(url: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    _, _, start_of_hash = file.stem.rpartition("-")
    try:
        torch.hub.download_url_to_file(url, str(file), start_of_hash, progress=False)
    except (OSError, RuntimeError) as fault:
        raise InputError(
            f"the Inception weights could not be downloaded ({fault}); give a copy of {url} with --inception-weights"
        ) from fault


def forget() -> None:
    """Let go of the network, and of the memory on a GPU that features took in this process."""
    _built.cache_clear()
    torch.cuda.empty_cache()


@lru_cache(maxsize=1)
def _built(file: Path) -> Inception:
    return Inception(file)


def _stock(file: Path) -> nn.Module:
    """torch-fidelity's network, on the CPU, in evaluation mode."""
    from torch_fidelity.utils import create_feature_extractor

    # torch-fidelity would unpickle whatever the file holds, onto the device that it was saved from; so it gets a copy.
    copy = io.BytesIO()
    try:
        torch.save(torch.load(file, map_location="cpu", weights_only=True), copy)
        copy.seek(0)
        with torch.random.fork_rng(devices=[]):
            network: nn.Module = create_feature_extractor(
                "inception-v3-compat",
                ["2048", "logits_unbiased"],
                cuda=False,
                verbose=False,
                feature_extractor_weights_path=copy,
            )
    except BROKEN as fault:
        raise _unusable(file) from fault
    if not all(value.isfinite().all() for value in network.state_dict().values()):
        raise _unusable(file)
    return network


def _unusable(file: Path) -> InputError:
    return InputError(f"{file} does not hold the Inception weights that torch-fidelity publishes; name a copy of those")


class _Network(nn.Module):
    """Stock's layers with batch norms folded into convolutions, channels last, and the resize as two products.

    The error against float64 is as small as stock's own.
    """

    def __init__(self, stock: nn.Module) -> None:
        super().__init__()
        for block in stock.modules():
            if isinstance(getattr(block, "bn", None), nn.BatchNorm2d):
                block.conv = fuse_conv_bn_eval(block.conv, block.bn)  # type: ignore[type-var, arg-type]
                block.bn = nn.Identity()
        *trunk, self.classes = stock.children()  # stock calls its children in this order
        self.trunk = nn.Sequential(*trunk).to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """`images` uint8 [B, 3, H, W] -> features [B, 2048], logits [B, 1008]."""
        scaled = (resize(images.float()) - 128) / 128
        features = self.trunk(scaled.contiguous(memory_format=torch.channels_last)).flatten(1)
        return features, features @ self.classes.weight.T


def resize(images: Tensor) -> Tensor:
    """`images` float32 [B, C, H, W] at 299 x 299, bilinear as in TensorFlow 1: pixels are corners, not areas."""
    height, width = images.shape[-2:]
    return _interpolation(height).to(images.device) @ images @ _interpolation(width).to(images.device).T


@lru_cache
def _interpolation(size: int) -> Tensor:
    """The matrix [299, `size`] that interpolates linearly between `size` pixels."""
    position = torch.arange(SIDE, dtype=torch.float32) * (size / SIDE)
    left = position.long()
    right = (left + 1).clamp(max=size - 1)
    share = (position - left).unsqueeze(1)
    matrix = torch.zeros(SIDE, size)
    matrix.scatter_add_(1, left.unsqueeze(1), 1 - share)
    return matrix.scatter_add_(1, right.unsqueeze(1), share)
