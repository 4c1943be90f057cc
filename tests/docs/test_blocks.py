"""Every block of code in README and docs, run as it stands but for shorter: scripts, plugins, sweep files, commands."""

from __future__ import annotations

import re
import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from blocks import ROOT, blocks, commands, pages, plugin

import ganlab
from ganlab.cli import build_parser, main
from ganlab.cli.options import use_plugins
from ganlab.plugins import registries
from ganlab.sweeps import load_sweep
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.search.phases import Phases

pytestmark = pytest.mark.skipif(not (ROOT / "README.md").is_file(), reason="there is no README beside the package")

READ_FIRST = ("README.md", "docs/start.md", "docs/guides/engines.md")
LANGUAGES = {"python", "yaml", "sh", "console", "text"}
"""The last two are what is printed."""

SHORT = ["steps=20", "batch_size=16", "log_every=10", "evaluation.samples=500", "evaluation.every=10"]
FINISHED = {
    "variants": ["wgan", "wgan-gp"],
    "seeds": range(2),
    "steps": 20,
    "evaluation.samples": 500,
    "compiled": False,
    "workers": 1,
}
SHORT_SEARCH = [
    *("search.trials=2", "search.tune_seeds=[0]", "search.report_seeds=[1,2]", "search.budget=640"),
    *("evaluation.samples=500", "--no-compile"),
]
SHORTER = {
    "seeds=range(8))": "**FINISHED)",
    "steps=5000, seeds=4": "steps=20, seeds=1, compiled=False",
    '"runs/digits/RUN_ID"': "RUN_FOLDER",
}
"""What scripts say, and what the tests say in its place."""

NOT_RUN = {
    "--download": "needs a network",
    "wandb": "needs a server",
    "evaluate": "needs images",
    "digits": "trains a classifier first",
    "grid.png": "needs a run on images",
    "cifar10": "needs Inception's weights",
    "reproduce": "gives other bits where runs were not compiled",
    "pytest": "these are the tests",
    "mkdocs": "serves for ever",
}
"""Commands whose options are looked at, and which are not run, by a word of theirs."""

BASE = "name: base\ndata: gaussian\nvariants: [vanilla]\nseeds: [0]\nsteps: 20\n"
TABLE = {"length": np.arange(40.0), "width": np.arange(40.0) % 7, "species": ["a", "b"] * 20}
HOUSES = {"price": np.arange(40.0), "area": np.arange(40.0) % 9, "rooms": np.arange(40.0) % 4}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A folder of runs, with the two sweeps that pages speak of."""
    folder = tmp_path_factory.mktemp("docs") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        ganlab.sweep(ROOT / "experiments/gaussian_1d.yaml", runs=folder, **FINISHED)
        ganlab.sweep(ROOT / "experiments/real_1d.yaml", runs=folder, **FINISHED | {"variants": ["wgan"], "seeds": [0]})
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working directory with the experiments and the files that pages speak of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    pd.DataFrame({"height": np.random.default_rng(0).normal(size=200)}).to_csv("heights.csv", index=False)
    pd.DataFrame(TABLE).to_csv("iris.csv", index=False)
    pd.DataFrame(HOUSES).to_parquet("houses.parquet")
    np.save("points.npy", np.random.default_rng(0).normal(size=(200, 2)))
    pd.DataFrame({"wind": np.arange(300.0) % 11, "rain": np.arange(300.0) % 7}).to_csv("weather.csv", index=False)
    shutil.copy(ROOT / "docs/waves.py", tmp_path)
    return tmp_path


def with_blocks(wanted) -> list[str]:
    return [page for page in pages() if any(wanted(block) for block in blocks(page))]


def some_long(pages: list[str]) -> list[Any]:
    """The pages, of which CI takes those that a user reads first."""
    return [page if page in READ_FIRST else pytest.param(page, marks=pytest.mark.long) for page in pages]


def test_every_block_is_of_a_language_that_is_run_or_of_what_is_printed():
    found = {(page, block.language) for page in pages() for block in blocks(page)}
    assert {(page, language) for page, language in found if language not in LANGUAGES} == set()


@pytest.mark.slow
@pytest.mark.parametrize("page", with_blocks(lambda block: block.language == "python" and not block.registers))
def test_the_scripts_of_a_page_run(folder, finished, page):
    shutil.copytree(finished, folder / "runs")
    names = {"FINISHED": FINISHED, "my_values": np.random.default_rng(0).normal(size=500)}
    names["RUN_FOLDER"] = str(next((folder / "runs/gaussian_1d").glob("*-s0-*")))
    for block in blocks(page):
        if block.language == "python" and not block.registers:
            code = block.text
            for usual, short in SHORTER.items():
                code = code.replace(usual, short)
            exec(compile(code, page, "exec"), names)


@pytest.mark.parametrize("page", with_blocks(lambda block: block.registers))
def test_what_a_page_registers_trains(folder, train, page):
    (folder / "mine.py").write_text(plugin(page))
    before = {name for registry in registries() for name in registry.names}
    ganlab.plugin("mine.py")
    (folder / "base.yaml").write_text(BASE)
    load_sweep(folder / "base.yaml", [])  # which takes the plugin into use
    added = {registry.kind: set(registry.names) - before for registry in registries()}
    assert any(added.values())
    rows = [name for kind in ("variant", "game") for name in added[kind]] or ["vanilla"]
    for row in rows:
        asked = load_sweep(folder / "base.yaml", [*SHORT, f"variants=[{row}]", *_uses(added)])
        training = train(resolve(asked))
        assert training.directories[0].summary().record()["status"] == "finished"


def _uses(added: dict[str, set[str]]) -> Iterator[str]:
    """What has a sweep use what a page adds beside its variants and games."""
    for kind, key in {"data set": "data={name: %s}", "builder": "builder={name: %s}"}.items():
        yield from (key % name for name in added[kind])
    yield from (f"optimizer={{name: {name}, lr: 1e-3}}" for name in added["optimizer"])
    yield from (f"penalties={{{name}: 1}}" for name in added["penalty"])
    yield from (f"constraints={{{name}: 1}}" for name in added["constraint"])


@pytest.mark.parametrize("page", with_blocks(lambda block: block.language == "yaml"))
def test_the_sweep_files_of_a_page_are_planned(folder, page):
    (folder / "base.yaml").write_text(BASE)
    for block in blocks(page):
        if block.language == "yaml" and _is_search(block.text):
            (folder / "block.yaml").write_text(block.text)
            assert Phases(load_sweep(folder / "block.yaml"), folder / "runs", slots=1, compiled=False).next().runs
        elif block.language == "yaml":
            (folder / "block.yaml").write_text(f"extends: base.yaml\n{block.text}")
            assert resolve(load_sweep(folder / "block.yaml", ["seeds=[0]"]))


@pytest.mark.slow
@pytest.mark.parametrize("page", some_long(with_blocks(lambda block: block.language == "sh")))
def test_the_commands_of_a_page_run(folder, finished, train, capsys, page):
    shutil.copytree(finished, folder / "runs")
    _write_files(folder, page)
    run_id = next((folder / "runs/gaussian_1d").glob("*-s0-*")).name
    for program, *arguments in commands(page):
        words = [word.replace("RUN_ID", run_id) for word in arguments]
        if program != "ganlab":
            _require_files([program, *words])
        elif (options := _parsed(words)) and not any(part in word for part in NOT_RUN for word in words):
            status = _trained(options, train) if words[0] == "sweep" else main(words)
            assert status == 0, (words, capsys.readouterr().err)


def _write_files(folder: Path, page: str) -> None:
    """The files that a page tells to write: a plugin, and sweeps by their names."""
    if plugin(page):
        (folder / "mine.py").write_text(plugin(page))
    for block in blocks(page):
        if block.language == "yaml" and (name := re.search(r"^name: (\w+)$", block.text, re.MULTILINE)):
            (folder / f"{name[1]}.yaml").write_text(block.text)


def _parsed(words: list[str]) -> Namespace:
    """The options of a command; what a sweep is told to change may stand anywhere."""
    options, rest = build_parser().parse_known_args(words)
    assert not rest or (words[0] == "sweep" and not any(word.startswith("-") for word in rest)), rest
    if rest:
        options.overrides += rest
    return options


def _trained(options: Namespace, train) -> int:
    """Train the last row of a sweep for some iterations, or all of a search, or plan it if nothing else is asked."""
    use_plugins(options)
    if _is_search(options.file.read_text()):
        return main(["sweep", str(options.file), *SHORT_SEARCH, *(["--dry-run"] if options.dry_run else [])])
    specs = resolve(load_sweep(options.file, [*options.overrides, *SHORT, "seeds=[0]"]))
    if not options.dry_run:
        train(specs[-1:])
    return 0


def _is_search(text: str) -> bool:
    """Whether a sweep file's settings are searched."""
    return "\nsearch:" in text


def _require_files(words: list[str]) -> None:
    """A script and its options exist."""
    scripts = [ROOT / word for word in words if word.endswith(".py")]
    for script in scripts:
        text = script.read_text()
        assert all(word in text for word in words if word.startswith("--")), words
