"""VGG16, CLIP and DINOv2 as torch-fidelity has them, from files of weights that the user names; none is downloaded.

torch-fidelity resizes as TensorFlow 1 did, so distances are comparable to its own alone: FD-DINOv2 as published
(arXiv:2306.04675) resizes otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlab.errors import InputError
from ganlab.evaluation.images.extractors import (
    BROKEN,
    ExtractorSource,
    WeightsMissingError,
    named_weights,
    register,
    stock_network,
    tensors_alone,
    unusable,
    variable_of,
)
from ganlab.evaluation.images.features import CPU, Features, Report, extract_in_batches
from ganlab.extras import needed_for

AT_ONCE = {"cpu": 16, "cuda": 128, "mps": 128}
CLIP_FILES = "a CLIP model of OpenAI as TorchScript, such as ViT-L-14.pt"
VGG16_FILES = "torchvision's vgg16-397923af.pth"
DINOV2_FILES = "a DINOv2 backbone, such as dinov2_vitl14_pretrain.pth"
DINOV2_REPOSITORY = "facebookresearch_dinov2_main"
DINOV2_NETWORKS = {
    384: ("dinov2-vit-s-14", "dinov2_vits14"),
    768: ("dinov2-vit-b-14", "dinov2_vitb14"),
    1024: ("dinov2-vit-l-14", "dinov2_vitl14"),
    1536: ("dinov2-vit-g-14", "dinov2_vitg14"),
}
"""torch-fidelity's and the repository's names, by the number of features."""


class FidelityExtractor:
    """One of torch-fidelity's networks: the features of one layer, and no logits.

    Args:
        name: of the extractor.
        file: the weights.
        network: uint8 [B, 3, H, W] to a tuple with features [B, D].
        about: what the network is, in words.
        side: to which images are resized.
        device: where features are computed.
    """

    def __init__(self, name: str, file: Path, network: nn.Module, about: str, side: int, device: torch.device) -> None:
        self.name = name
        with file.open("rb") as opened:
            self.weights = hashlib.file_digest(opened, "sha256").hexdigest()
        self.resize = f"{side} x {side}, bilinear as in TensorFlow 1; one channel is repeated to three"
        self._network = network.to(device)
        self._about = about
        self._device = device

    def extract(self, images: Tensor) -> Features:
        """The features [n, D] of `images`, uint8 [n, 1 or 3, H, W].

        Raises:
            InputError: they have another number of channels.
        """
        channels = images.shape[1]
        if channels not in (1, 3):
            raise InputError(f"features of '{self.name}' need images of 1 or 3 channels, and these have {channels}")
        return extract_in_batches(
            self._with_no_logits, images.expand(-1, 3, -1, -1), AT_ONCE[self._device.type], self._device
        )

    def _with_no_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        (features,) = self._network(images)
        return features, features[:, :0]

    def describe(self) -> dict[str, Any]:
        import torch_fidelity

        return {
            "network": f"{self._about} of torch-fidelity {torch_fidelity.__version__}",
            "weights_sha256": self.weights,
            "resize": self.resize,
        }


def load_vgg16(file: Path, device: torch.device = CPU) -> FidelityExtractor:
    """The second hidden layer of VGG16, rectified, as precision and recall are published with (arXiv:1904.06991).

    Raises:
        InputError: the file holds something else.
    """
    network = stock_network("vgg16", file, "vgg16", ["fc2_relu"], VGG16_FILES)
    return FidelityExtractor("vgg16", file, network, "vgg16, layer fc2_relu,", 224, device)


def load_clip(file: Path, device: torch.device = CPU) -> FidelityExtractor:
    """The embedding of CLIP's image encoder (arXiv:2103.00020); its architecture is read from the weights.

    Raises:
        InputError: the file holds something else.
    """
    network = stock_network("clip", file, "clip-vit-b-32", ["clip"], CLIP_FILES, script=True)
    clip: Any = network
    about = f"CLIP's image encoder, {clip.model.visual.output_dim} features, {clip.resolution} pixels,"
    return FidelityExtractor("clip", file, network, about, clip.resolution, device)


def load_dinov2(file: Path, device: torch.device = CPU) -> FidelityExtractor:
    """The class token of DINOv2 (arXiv:2304.07193), whose size is read from the weights.

    torch-fidelity takes the network's code from torch's hub: the repository must be in its folder.

    Raises:
        InputError: the file holds something else, or the repository is not there.
    """
    with needed_for("the extractor 'dinov2'"):
        from torch_fidelity.feature_extractor_base import FeatureExtractorBase
        from torch_fidelity.feature_extractor_dinov2 import FeatureExtractorDinoV2

    class WithBackbone(FeatureExtractorDinoV2):  # type: ignore[misc]
        """torch-fidelity's own refuses files, so its constructor is left out."""

        def __init__(self, name: str, backbone: nn.Module) -> None:
            FeatureExtractorBase.__init__(self, name, ["dinov2"])
            self.feature_extractor_internal_dtype = torch.float32
            self.model = backbone.float().requires_grad_(False).eval()

    repository = Path(torch.hub.get_dir(), DINOV2_REPOSITORY)
    if not (repository / "hubconf.py").is_file():
        raise WeightsMissingError(
            f"the code of DINOv2 is missing; put a copy of https://github.com/facebookresearch/dinov2 at {repository}"
        )
    try:
        weights = torch.load(tensors_alone(file), map_location="cpu", weights_only=True)
        name, entry = DINOV2_NETWORKS[weights["cls_token"].shape[-1]]
        with torch.random.fork_rng(devices=[]):
            load: Any = torch.hub.load
            backbone = load(str(repository), entry, source="local", pretrained=False, verbose=False)
        backbone.load_state_dict(weights)
    except BROKEN as fault:
        raise unusable("dinov2", file, DINOV2_FILES) from fault
    side = FeatureExtractorDinoV2.INPUT_IMAGE_SIZE
    return FidelityExtractor("dinov2", file, WithBackbone(name, backbone), f"{name}, class token,", side, device)


def _register(name: str, summary: str, paper: str, load: Callable[[Path, torch.device], FidelityExtractor]) -> None:
    def from_named(device: torch.device, weights: Path | None, report: Report) -> FidelityExtractor:
        file = named_weights(name, weights)
        if file is None:
            raise WeightsMissingError(
                f"the weights of '{name}' are missing; name their file with --extractor-weights {name}=FILE, "
                f"or in {variable_of(name)}"
            )
        return load(file, device)

    register(
        ExtractorSource(name=name, summary=summary, paper=paper, load=from_named, reads_weights=True, resizes=True)
    )


_register("vgg16", "features of VGG16 (layer fc2_relu)", "arXiv:1904.06991", load_vgg16)
_register("clip", "features of CLIP's image encoder", "arXiv:2103.00020", load_clip)
_register("dinov2", "features of DINOv2 (class token)", "arXiv:2304.07193", load_dinov2)
