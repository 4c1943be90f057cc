"""Settings laid over settings, and files over files."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import InputError
from ganlab.sweeps.keys import apply_overrides, merge, plugin_files, read_keys
from ganlab.sweeps.yaml_loader import parse_yaml

settings = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers(), max_size=3),
    max_leaves=6,
)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


@given(settings)
def test_nothing_changes_nothing_and_the_same_again_neither(values):
    assert merge(values, {}) == merge({}, values) == merge(values, values) == values


@given(settings, settings)
def test_the_upper_layer_holds_and_neither_is_written_to(base, over):
    before = deepcopy((base, over))
    merged = merge(base, over)
    assert merge(merged, over) == merged
    assert merged.keys() == base.keys() | over.keys()
    assert (base, over) == before


def test_mappings_are_laid_over_each_other_key_by_key():
    base = {"optimizer": {"lr": 1, "betas": [0, 0.9]}, "steps": 5}
    assert merge(base, {"optimizer": {"lr": 2}}) == {"optimizer": {"lr": 2, "betas": [0, 0.9]}, "steps": 5}


def test_another_name_brings_its_own_settings():
    adam = {"name": "adam", "lr": 1, "betas": [0, 0.9]}
    assert merge(adam, {"name": "rmsprop", "lr": 2}) == {"name": "rmsprop", "lr": 2}
    assert merge(adam, {"name": "adam", "lr": 2}) == adam | {"lr": 2}


def test_a_file_stands_on_the_whole_line_of_those_that_it_extends(tmp_path):
    write(
        tmp_path,
        first="name: first\nsteps: 10\noptimizer: {lr: 1, betas: [0, 0.9]}\n",
        second="extends: first.yaml\nsteps: 20\n",
        third="extends: second.yaml\nname: third\noptimizer: {lr: 3}\n",
    )
    values = read_keys(tmp_path / "third.yaml").values
    assert values == {"name": "third", "steps": 20, "optimizer": {"lr": 3, "betas": [0, 0.9]}}


def test_a_key_that_is_set_to_null_is_as_if_it_were_not_there(tmp_path):
    write(tmp_path, base="name: base\nema: 0.9\nsteps: 10\n", over="extends: base.yaml\nema: null\n")
    assert read_keys(tmp_path / "over.yaml").values == {"name": "base", "steps": 10}


def test_files_that_extend_each_other_are_refused(tmp_path):
    write(tmp_path, one="extends: two.yaml\n", two="extends: one.yaml\n")
    with pytest.raises(InputError, match=r"one\.yaml extends itself, by way of .*two\.yaml"):
        read_keys(tmp_path / "one.yaml")


def test_later_overrides_lie_over_earlier_ones_and_the_file_is_not_changed(tmp_path):
    write(tmp_path, base="name: base\nsteps: 10\n")
    file = read_keys(tmp_path / "base.yaml")
    values = apply_overrides(file, ["steps=20", "builder.widths=[4]", "builder.activation=relu", "steps=30"])
    assert values == {"name": "base", "steps": 30, "builder": {"widths": [4], "activation": "relu"}}
    assert file.values == {"name": "base", "steps": 10}


@pytest.mark.parametrize(
    ("text", "override", "choice"),
    [
        ("optimizer: sgd", "optimizer.lr=0.01", {"name": "sgd", "lr": 0.01}),
        ("generator_optimizer: sgd", "generator_optimizer.lr=0.01", {"name": "sgd", "lr": 0.01}),
        ("builder: resnet", "builder.output=linear", {"name": "resnet", "output": "linear"}),
        ("prior: uniform", "prior={name: normal}", {"name": "normal"}),
        ("augment: diffaugment", "augment.p=1", {"name": "diffaugment", "p": 1}),
        ("engine: slurm", "engine.partition=gpu", {"name": "slurm", "partition": "gpu"}),
        ("data: gaussian", "data.mean=2", {"name": "gaussian", "mean": 2}),
        ("data: [gaussian]", "data.mean=2", {"name": "gaussian", "mean": 2}),
        ("data: [{name: gaussian, scale: 3}]", "data.mean=2", {"name": "gaussian", "scale": 3, "mean": 2}),
    ],
)
def test_a_choice_by_its_bare_name_stays_when_an_option_of_it_is_set(tmp_path, text, override, choice):
    write(tmp_path, base=f"name: base\n{text}\n")
    key = text.partition(":")[0]
    assert apply_overrides(read_keys(tmp_path / "base.yaml"), [override])[key] == choice
    name, _, value = override.partition("=")
    first, _, option = name.partition(".")
    over = f"{{{option}: {value}}}" if option else value
    write(tmp_path, over=f"extends: base.yaml\nname: over\n{first}: {over}\n")
    assert read_keys(tmp_path / "over.yaml").values[key] == choice


def test_paths_of_data_named_in_the_file_below_are_beside_the_file_that_sets_them(tmp_path):
    (tmp_path / "inner").mkdir()
    write(tmp_path, base="name: base\ndata: column\n")
    write(tmp_path / "inner", over="extends: ../base.yaml\ndata: {path: numbers.csv}\n")
    path = str(tmp_path / "inner" / "numbers.csv")
    assert read_keys(tmp_path / "inner" / "over.yaml").values["data"] == {"name": "column", "path": path}


def test_an_option_of_one_of_several_data_sets_is_refused(tmp_path):
    write(tmp_path, base="name: base\ndata: [gaussian, laplace]\n")
    with pytest.raises(InputError, match=r"'data\.mean' does not say of which of the 2 data sets; write the list"):
        apply_overrides(read_keys(tmp_path / "base.yaml"), ["data.mean=2"])


def test_a_text_of_a_key_that_is_no_choice_by_name_is_replaced():
    assert merge({"lookahead": "none"}, {"lookahead": {"steps": 5}}) == {"lookahead": {"steps": 5}}


def test_an_override_that_is_not_yaml_is_named():
    with pytest.raises(InputError, match=r"override 'steps=\[', line 1: not valid YAML"):
        parse_yaml("[", "override 'steps=['")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: s".encode("utf-16"), r"the sweep file .*sweep\.yaml is text in UTF-16; save it as UTF-8$"),
        (b"name: s\nlabel: caf\xe9\n", r"sweep\.yaml is not text in UTF-8 \(line 2\); save it as UTF-8$"),
        (None, r"cannot read the sweep file .*sweep\.yaml: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path, content, message):
    path = tmp_path / "sweep.yaml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_keys(path)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    (tmp_path / "sweep.yaml").write_bytes(b"\xef\xbb\xbfname: s\n")
    assert read_keys(tmp_path / "sweep.yaml").values == {"name": "s"}


def test_home_directories_and_variables_are_expanded_in_the_names_of_files(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SWEEPS", str(tmp_path / "inner"))
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner", base="name: base\nsteps: 10\n")
    write(tmp_path, over="extends: ${SWEEPS}/base.yaml\nname: over\nplugins: [~/mine.py]\n")
    assert read_keys(tmp_path / "over.yaml").values == {"name": "over", "steps": 10}
    assert plugin_files(tmp_path / "over.yaml", []) == [tmp_path / "mine.py"]


def test_a_variable_that_is_not_set_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("SWEEPS", raising=False)
    write(tmp_path, over="extends: ${SWEEPS}/base.yaml\n")
    with pytest.raises(InputError, match="names the environment variable SWEEPS, which is not set"):
        read_keys(tmp_path / "over.yaml")
