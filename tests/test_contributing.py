"""The lines of CONTRIBUTING.md that add something, run as a user's plugin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = {
    section.partition("\n")[0]: re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)
}


@pytest.mark.parametrize(
    ("section", "settings"),
    [
        ("Adding a variant", ("variants=vanilla", "penalties={absolute: 1}")),
        ("Adding a game", ("variants=mean-matching",)),
        ("Adding a builder", ("builder={name: tiny}",)),
        ("Adding a data set", ("data={name: exp-normal}",)),
        ("Adding an optimiser", ("optimizer={name: sign, lr: 1e-3}",)),
    ],
)
def test_what_the_lines_add_trains(specs_of, train, tmp_path, section, settings):
    (tmp_path / "mine.py").write_text(BLOCKS[section][-1])
    training = train(specs_of(f"plugins=['{tmp_path}/mine.py']", *settings))
    assert training.directories[0].summary().record()["status"] == "finished"


def test_a_picture_is_drawn(tmp_path):
    from ganlab.plugins import read_plugin, use_plugins
    from ganlab.tracking.pictures import PICTURES

    (tmp_path / "mine.py").write_text(BLOCKS["Adding a picture"][0])
    use_plugins([read_plugin(tmp_path / "mine.py")])
    png = PICTURES["steps"].draw("step 1", {"counts": [1, 2], "edges": [0.0, 1.0, 2.0]})
    assert png.startswith(b"\x89PNG")
