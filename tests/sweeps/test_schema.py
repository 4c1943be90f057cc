from __future__ import annotations

from pathlib import Path

import pytest

from ganlab.errors import InputError
from ganlab.sweeps.schema import load_sweep
from ganlab.sweeps.yaml_files import parse_yaml
from ganlab.variants import VARIANTS

MINIMAL = "name: s\ndata: gaussian\nvariants: [vanilla, lsgan]\nseeds: 0..2\nsteps: 10\n"


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "sweep.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_a_minimal_sweep_is_read(write):
    sweep = load_sweep(write(MINIMAL))
    assert sweep.seeds == (0, 1, 2)
    assert [entry.label for entry in sweep.variants] == ["vanilla", "lsgan"]
    assert sweep.data == ({"name": "gaussian"},)


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "1.e-4", "0.0001", "+1e-4"])
def test_a_number_is_a_number_however_it_is_written(text):
    value = parse_yaml(f"lr: {text}", "here")["lr"]
    assert isinstance(value, float)
    assert value == 1e-4


def test_words_that_resemble_numbers_stay_words():
    assert parse_yaml("[1e, e5, 0..4, v1e5]", "here") == ["1e", "e5", "0..4", "v1e5"]


@pytest.mark.parametrize(
    ("override", "seeds"),
    [("seeds=0..7", tuple(range(8))), ("seeds=[3]", (3,)), ("seeds=[5,1]", (5, 1)), ("seeds=4..4", (4,))],
)
def test_seeds_are_a_range_or_a_list(write, override, seeds):
    assert load_sweep(write(MINIMAL), [override]).seeds == seeds


def test_overrides_reach_into_mappings_and_keep_what_they_do_not_name(write):
    text = MINIMAL + "optimizer: {lr: 1e-3, betas: [0.5, 0.9]}\nbuilder: {name: mlp, widths: [4]}\n"
    sweep = load_sweep(write(text), ["optimizer.lr=1e-4", "builder.activation=relu", "steps=200"])
    assert sweep.optimizer == {"lr": 1e-4, "betas": [0.5, 0.9]}
    assert sweep.builder == {"name": "mlp", "widths": [4], "activation": "relu"}
    assert sweep.steps == 200


def test_variants_are_chosen_by_label_with_the_settings_of_the_file(write):
    text = MINIMAL.replace("lsgan]", "{name: hinge, label: hinge-sn, critic_steps: 3}]")
    path = write(text)
    assert [entry.label for entry in load_sweep(path, ["variants=hinge-sn"]).variants] == ["hinge-sn"]
    chosen = load_sweep(path, ["variants=[hinge-sn,wgan-gp]"]).variants
    assert [(entry.name, entry.critic_steps) for entry in chosen] == [("hinge", 3), ("wgan-gp", None)]
    assert [entry.name for entry in load_sweep(path, ["variants=all"]).variants] == VARIANTS.names


def test_a_file_that_extends_another_chooses_among_its_entries(write):
    write(MINIMAL.replace("vanilla,", "{name: wgan-gp, critic_steps: 3}, vanilla,"), "base.yaml")
    file = write("extends: base.yaml\nvariants: [lsgan, wgan-gp, hinge]\n")
    entries = load_sweep(file).variants
    assert [(entry.name, entry.critic_steps) for entry in entries] == [
        ("lsgan", None),
        ("wgan-gp", 3),
        ("hinge", None),
    ]
    write("extends: base.yaml\nvariants: [lsgan]\n")
    assert load_sweep(file, ["variants=wgan-gp"]).variants[0].critic_steps == 3
    everything = {entry.name: entry.critic_steps for entry in load_sweep(file, ["variants=all"]).variants}
    assert everything == dict.fromkeys(VARIANTS.names) | {"wgan-gp": 3}


def test_a_file_extends_another(write):
    write(MINIMAL + "optimizer: {lr: 1e-3, betas: [0, 0.9]}\n", "base.yaml")
    sweep = load_sweep(write("extends: base.yaml\nname: longer\nsteps: 99\noptimizer: {lr: 1e-2}\n"))
    assert (sweep.name, sweep.steps, sweep.seeds) == ("longer", 99, (0, 1, 2))
    assert sweep.optimizer == {"lr": 1e-2, "betas": [0, 0.9]}


def test_variant_files_are_relative_to_the_file_that_names_them(write, tmp_path):
    write(
        "from ganlab.variants import VARIANTS, register\n"
        "import dataclasses\n"
        "register(dataclasses.replace(VARIANTS['lsgan'], name='mine'))\n",
        "mine.py",
    )
    sweep = load_sweep(write(MINIMAL + "variant_files: [mine.py]\n"), ["variants=[mine]"])
    assert [entry.name for entry in sweep.variants] == ["mine"]
    assert sweep.variant_files == (str(tmp_path / "mine.py"),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("stepz: 5", r"unknown key 'stepz'; did you mean 'steps'"),
        ("optimizer: 3", r"'optimizer' is 3"),
        ("steps: many", r"'steps' is 'many': input should be a valid integer"),
        ("steps: 0", r"'steps' is 0: input should be greater than or equal to 1"),
        ("seeds: 5", r"5 names no seeds; write a range such as 0..4 or a list"),
        ("seeds: [1, 1]", r"a seed is listed twice"),
        ("seeds: [-1]", r"'seeds.0' is -1"),
        (
            "variants: [vanilla, vanilla]",
            r"two entries are called 'vanilla'; give one of them another 'label'",
        ),
        ("variants: [{name: wgan, critic_step: 3}]", r"unknown key 'variants.0.critic_step'; did you mean"),
        ("evaluation: {evry: 3}", r"unknown key 'evaluation.evry'; did you mean 'every'"),
        ("name: a/b", r"'name' is 'a/b'"),
        ("ema: 1.5", r"'ema' is 1.5"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_says_where_and_what_would_be_right(write, change, message):
    key = change.partition(":")[0]
    kept = "".join(line for line in MINIMAL.splitlines(keepends=True) if not line.startswith(f"{key}:"))
    with pytest.raises(InputError, match=message) as caught:
        load_sweep(write(f"{kept}{change}\n"))
    assert "\n" not in str(caught.value)
    assert "sweep.yaml" in str(caught.value)


def test_a_missing_key_is_named(write):
    with pytest.raises(InputError, match="the key 'seeds' is missing"):
        load_sweep(write(MINIMAL.replace("seeds: 0..2\n", "")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: s\nsteps: [", r"sweep.yaml, line 2: not valid YAML"),
        ("name: s\nsteps: 10\nname: t\n", r"sweep.yaml, line 3: not valid YAML: the key 'name' stands twice"),
        ("just words", "this one does not"),
        ("", "does not"),
    ],
)
def test_what_is_no_sweep_file_is_refused(write, text, message):
    with pytest.raises(InputError, match=message):
        load_sweep(write(text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read the sweep file .*none\.yaml: No such file"):
        load_sweep(tmp_path / "none.yaml")


def test_a_file_that_extends_itself_is_refused(write):
    with pytest.raises(InputError, match="extends itself"):
        load_sweep(write(MINIMAL + "extends: sweep.yaml\n"))


@pytest.mark.parametrize("override", ["steps", "=3"])
def test_an_override_without_key_and_value_is_refused(write, override):
    with pytest.raises(InputError, match="is not an override; write key=value"):
        load_sweep(write(MINIMAL), [override])
