"""The registry of extractors, and torch-fidelity's networks with random weights in the published formats."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn
from torch_fidelity.feature_extractor_clip import CLIPVisual
from torch_fidelity.utils import create_feature_extractor

from ganlab.cli.options import WITH_WEIGHTS
from ganlab.errors import InputError
from ganlab.evaluation import EVALUATORS
from ganlab.evaluation.images import EXTRACTORS, ImageEvaluation, WeightsMissingError, score
from ganlab.evaluation.images.fidelity import DINOV2_REPOSITORY, load_clip, load_dinov2, load_vgg16

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def vgg16_weights(tmp_path_factory) -> Path:
    """A file in the format of torchvision's."""
    file = tmp_path_factory.mktemp("vgg16") / "vgg16.pth"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.save(torchvision.models.vgg16().state_dict(), file)
    return file


class Node(nn.Module):
    """A part of an archive that holds parameters and computes nothing."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.fixture(scope="session")
def clip_weights(tmp_path_factory) -> Path:
    """An archive of TorchScript with OpenAI's names: an image encoder of 2 layers on 32 pixels, and a text encoder."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = CLIPVisual(16, 32, 2, 64, 8).state_dict()
        state |= {
            "text_projection": torch.randn(8, 16),
            "positional_embedding": torch.randn(4, 8),
            "logit_scale": torch.ones(()),
            "token_embedding.weight": torch.randn(3, 8),
            "ln_final.weight": torch.ones(8),
        }
    root = Node()
    for name, value in state.items():
        *path, last = name.split(".")
        node = root
        for part in path:
            if part not in dict(node.named_children()):
                node.add_module(part, Node())
            node = node.get_submodule(part)
        node.register_parameter(last, nn.Parameter(value, requires_grad=False))
    file = tmp_path_factory.mktemp("clip") / "clip.pt"
    torch.jit.save(torch.jit.script(root), str(file))
    return file


@pytest.fixture
def dinov2_weights(tmp_path) -> Path:
    """Weights, and in torch's hub a stand-in for the repository whose network averages pixels."""
    repository = Path(torch.hub.get_dir(), DINOV2_REPOSITORY)
    repository.mkdir(parents=True)
    (repository / "hubconf.py").write_text(
        "import torch\n\n\n"
        "class Backbone(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.cls_token = torch.nn.Parameter(torch.zeros(1, 1, 384))\n\n"
        "    def forward(self, x):\n"
        "        return self.cls_token[0] + x.mean((1, 2, 3))[:, None]\n\n\n"
        "def dinov2_vits14(pretrained=True):\n"
        "    assert not pretrained\n"
        "    return Backbone()\n"
    )
    file = tmp_path / "dinov2.pth"
    torch.save({"cls_token": torch.arange(384.0).reshape(1, 1, 384)}, file)
    return file


@pytest.mark.parametrize(
    ("load", "weights", "network", "layer"),
    [
        pytest.param(load_vgg16, "vgg16_weights", "vgg16", "fc2_relu", marks=pytest.mark.slow, id="vgg16"),
        pytest.param(load_clip, "clip_weights", "clip-vit-b-32", "clip", id="clip"),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_features_are_torch_fidelitys(load, weights, network, layer, channels, request, noise):
    file, images = request.getfixturevalue(weights), noise(3, channels, 10, 12)
    stock = create_feature_extractor(
        network, [layer], cuda=False, verbose=False, feature_extractor_weights_path=str(file)
    )
    (expected,) = stock(images.repeat(1, 3 // channels, 1, 1))
    found = load(file).extract(images)
    assert torch.equal(found.values, expected)
    assert found.logits.shape == (3, 0)


def test_dinov2_takes_its_code_from_torchs_hub_and_its_weights_from_the_file(dinov2_weights, noise):
    extractor = load_dinov2(dinov2_weights)
    found = extractor.extract(noise(2, 3, 8, 8)).values
    assert found.shape == (2, 384)
    assert (found[:, 1:] - found[:, :-1]) == pytest.approx(1.0, abs=1e-4)
    assert "dinov2-vit-s-14" in extractor.describe()["network"]


def test_without_the_code_of_dinov2_it_is_said_where_to_put_it(tmp_path):
    with pytest.raises(WeightsMissingError, match=f"the code of DINOv2 is missing; .* at .*{DINOV2_REPOSITORY}$"):
        load_dinov2(tmp_path / "dinov2.pth")


@pytest.mark.parametrize("load", [load_vgg16, load_clip], ids=["vgg16", "clip"])
@pytest.mark.parametrize("content", [b"", b"these are no weights"])
def test_a_file_of_another_kind_is_refused(load, content, tmp_path):
    file = tmp_path / "weights.pth"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.pth does not hold the weights of '(vgg16|clip)'; name a copy of "):
        load(file)


@pytest.mark.parametrize("name", ["vgg16", "clip", "dinov2"])
def test_without_weights_nothing_is_downloaded_and_it_is_said_how_to_name_them(name, monkeypatch):
    monkeypatch.setenv("GANLAB_DOWNLOAD", "1")
    expected = (
        f"weights of '{name}' are missing; .* --extractor-weights {name}=FILE, or in GANLAB_{name.upper()}_WEIGHTS"
    )
    with pytest.raises(WeightsMissingError, match=expected):
        EXTRACTORS[name].load(CPU, None, print)


def test_a_file_that_is_named_and_not_there_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("GANLAB_CLIP_WEIGHTS", str(tmp_path / "absent.pt"))
    with pytest.raises(InputError, match=r"there is no file .*absent\.pt; name the weights of 'clip'"):
        EXTRACTORS["clip"].load(CPU, None, print)


def test_every_extractor_gives_a_frechet_distance():
    assert EVALUATORS["fid"].extractor == "inception"
    for source in EXTRACTORS:
        metric = source.metric or f"fd_{source.name}"
        (evaluator,) = [one for one in EVALUATORS if metric in [each.name for each in one.metrics]]
        assert evaluator.extractor == source.name


def test_the_command_line_names_the_extractors_that_read_weights():
    assert [source.name for source in EXTRACTORS if source.reads_weights] == list(WITH_WEIGHTS)


def test_naming_weights_adds_the_distance_to_what_is_measured(images_of, noise, clip_weights, monkeypatch):
    monkeypatch.setenv("GANLAB_CLIP_WEIGHTS", str(clip_weights))
    real = images_of(noise(40, 3, 8, 8))
    evaluation = ImageEvaluation(real, 30)
    assert list(evaluation.metrics) == ["fd_clip"]
    assert "weights " in evaluation.metrics["fd_clip"].estimator
    found = score(noise(30, 1, 16, 16), real, ["fd_clip"]).values["fd_clip"]
    assert found > 0
    assert score(real.images, real, ["fd_clip"]).values["fd_clip"] == pytest.approx(0, abs=1e-6)


def test_asking_for_a_distance_loads_its_extractor(digits, digits_classifier):
    evaluation = ImageEvaluation(digits, 600, asked=["fd-pixels"])
    assert list(evaluation.metrics) == ["fd_digits", "classifier_score", "fd_pixels"]
    with pytest.raises(WeightsMissingError, match="the weights of 'vgg16' are missing"):
        ImageEvaluation(digits, 600, asked=["fd-vgg16"])
