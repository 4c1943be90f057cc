"""The Inception network of FID: torch-fidelity's, with its weights, run faster at the same precision."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ganlab.data.places import may_download
from ganlab.errors import InputError
from ganlab.evaluation.images import extractors
from ganlab.evaluation.images.extractors import WeightsMissingError, named_weights, stock_network
from ganlab.evaluation.images.features import CPU, Features, extract_in_batches
from ganlab.extras import require

NAME = "inception"
SIDE = 299
FEATURES = 2_048
"""Of the last pooling, which FID is of."""
BATCHES = {"cpu": 16, "cuda": 128, "mps": 128}
"""What keeps a processor's caches and a GPU's cores busy."""
URL = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"
"""torch-fidelity's own, written out because its import takes seconds."""


class Inception:
    """torch-fidelity's ``inception-v3-compat``: features of the layer 2048, and unbiased logits [1008].

    It is the network of the original Inception score and FID (arXiv:1512.00567, as of 2015-12-05).

    Args:
        file: the weights, as torch-fidelity publishes them.
        device: where features are computed.

    Raises:
        InputError: the file holds something else.
    """

    name = NAME
    resize = f"{SIDE} x {SIDE}, bilinear as in TensorFlow 1; one channel is repeated to three"

    def __init__(self, file: Path, device: torch.device = CPU) -> None:
        with file.open("rb") as opened:
            self.weights = hashlib.file_digest(opened, "sha256").hexdigest()
        self._device = device
        stock = stock_network(NAME, file, "inception-v3-compat", ["2048", "logits_unbiased"], URL)
        self._network = _Network(stock).to(device)

    def extract(self, images: Tensor) -> Features:
        """The features of `images`, uint8 [n, 1 or 3, H, W].

        Raises:
            InputError: they have another number of channels.
        """
        channels = images.shape[1]
        if channels not in (1, 3):
            raise InputError(f"Inception features need images of 1 or 3 channels, and these have {channels}")
        at_once = BATCHES[self._device.type]
        return extract_in_batches(self._network, images.expand(-1, 3, -1, -1), at_once, self._device)

    def describe(self) -> dict[str, Any]:
        import torch_fidelity

        return {
            "network": f"inception-v3-compat of torch-fidelity {torch_fidelity.__version__}",
            "weights_sha256": self.weights,
            "resize": self.resize,
        }


def load_inception(weights: Path | None = None, device: torch.device = CPU) -> Inception:
    """The network with the weights of the file `weights`, or with those that `find_weights` finds.

    Raises:
        ExtraMissingError: torch-fidelity is not installed.
        WeightsMissingError: no file was named and none is found.
        InputError: the file that was named is not there, or holds something else.
    """
    require("torch_fidelity", f"the extractor '{NAME}'")  # before anything is downloaded
    return Inception(find_weights(weights), device)


def find_weights(named: Path | None = None) -> Path:
    """The file of the weights: `named`, ``$GANLAB_INCEPTION_WEIGHTS``, or where torch-fidelity keeps them.

    With ``GANLAB_DOWNLOAD=1`` they are downloaded there if need be.

    Raises:
        WeightsMissingError: no file was named and none is found.
        InputError: the file that was named is not there, or the download failed.
    """
    file = named_weights(NAME, named, URL)
    if file:
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


def _download(url: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    _, _, start_of_hash = file.stem.rpartition("-")
    try:
        torch.hub.download_url_to_file(url, str(file), start_of_hash, progress=False)
    except (OSError, RuntimeError) as fault:
        raise InputError(
            f"the Inception weights could not be downloaded ({fault}); give a copy of {url} with --inception-weights"
        ) from fault


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


extractors.register(
    extractors.ExtractorSource(
        name=NAME,
        metric="fid",
        summary="features of Inception (2015-12-05, layer 2048)",
        paper="arXiv:1706.08500",
        load=lambda device, weights, report: load_inception(weights, device),
        reads_weights=True,
        resizes=True,
    )
)
