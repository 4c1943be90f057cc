"""What the pages on pictures and extractors register."""

from __future__ import annotations

import pytest
import torch
from blocks import ROOT, plugin

from ganlab.evaluation.images import EXTRACTORS
from ganlab.plugins import read_plugin, use_plugins
from ganlab.tracking.pictures import PICTURES

pytestmark = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the documentation is not here")


@pytest.fixture
def use(tmp_path):
    """Takes the plugin of a page into use."""

    def use(page: str) -> None:
        (tmp_path / "mine.py").write_text(plugin(page))
        use_plugins([read_plugin(tmp_path / "mine.py")])

    return use


def test_a_picture_is_drawn(use):
    use("docs/how-to/picture.md")
    png = PICTURES["steps"].draw("step 1", {"counts": [1, 2], "edges": [0.0, 1.0, 2.0]})
    assert png.startswith(b"\x89PNG")


def test_an_extractor_gives_features(use):
    use("docs/how-to/extractor.md")
    images = torch.arange(2 * 3 * 4 * 4, dtype=torch.uint8).view(2, 3, 4, 4)
    features = EXTRACTORS["rows"].load(torch.device("cpu"), None, print).extract(images)
    torch.testing.assert_close(features.values, images.double().mean(3).view(2, 12).float() / 255)
    assert features.logits.shape == (2, 0)
