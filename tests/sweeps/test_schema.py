from __future__ import annotations

from pathlib import Path

import pytest

from ganlab.errors import InputError
from ganlab.sweeps.schema import load_sweep
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


def test_plugins_are_relative_to_the_file_that_names_them(write, tmp_path):
    write(
        "from ganlab.variants import VARIANTS, register\n"
        "import dataclasses\n"
        "register(dataclasses.replace(VARIANTS['lsgan'], name='mine'))\n",
        "mine.py",
    )
    sweep = load_sweep(write(MINIMAL + "plugins: [mine.py]\n"), ["variants=[mine]"])
    assert [entry.name for entry in sweep.variants] == ["mine"]
    assert [plugin.name for plugin in sweep.plugins] == ["mine.py"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("stepz: 5", r"unknown key 'stepz'; did you mean 'steps'"),
        ("optimizer: 3", r"'optimizer' is 3"),
        ("steps: many", r"'steps' is 'many'; it must be a whole number$"),
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
        ("steps: yes", r"'steps' is true; it must be a whole number \(YAML reads yes, on and true as true"),
        ("steps: 1:30", r"'steps' is '1:30'; it must be a whole number$"),
        ("steps: 10.5", r"'steps' is 10.5; it must be a whole number$"),
        ("seeds: [yes]", r"'seeds.0' is true; it must be a whole number"),
        ("seeds: ['3']", r"'seeds.0' is '3'; it must be a whole number"),
        ("batch_size: off", r"'batch_size' is false; it must be a whole number"),
        ("conditional: 1", r"'conditional' is 1; it must be true or false"),
        ("penalties: {r1: on}", r"'penalties.r1' is true; it must be a number"),
        ("precision: fp8", r"'precision' is 'fp8'; it must be 'fp32', 'tf32', 'bf16' or 'fp16'$"),
        ("critic_warmup: all", r"'critic_warmup' is 'all'; it must be keys with values or 'none'$"),
        (
            "critic_warmup: {steps: 5, first: yes, every: 3}",
            r"'critic_warmup.first' is true; it must be a whole number",
        ),
        ("optimizer: {0.0005}", r"'optimizer' has the key 0.0005; keys are names"),
        ("data: 2024", r"data: 2024 is neither a name nor keys such as \{name: ...\}$"),
        ("data: &a [*a]", "an alias stands within what it names"),
        ("5: 3", r"a key is 5; keys are names$"),
        ("~: 3", r"a key is empty; keys are names$"),
        ("data: [yes]", r"data: true is neither a name nor keys such as"),
        ("variants: [[wgan]]", r"variants: \['wgan'\] is neither a name nor keys such as"),
        ("plugins: [yes]", r"sweep.yaml: 'plugins.0' is true; it must be a text"),
        ("plugins: mine.py", r"sweep.yaml: 'plugins' is 'mine.py'; it must be a list"),
        ("extends: [a.yaml]", r"'extends' is \['a.yaml'\]; it must be the name of a sweep file"),
        ("seeds: yes", r"seeds: true names no seeds"),
        ("name: a/b", r"name: 'a/b' cannot be the name of a folder; use at most 100 letters"),
        ("name: my sweep", r"name: 'my sweep' cannot be the name of a folder"),
        ("name: 2024", r"'name' is 2024; it must be a text; put it in quotes: \"2024\", and in a shell '\"2024\"'$"),
        ("name: yes", r"'name' is true; it must be a text .*put the word in quotes if it is a name"),
        (
            "variants: hinge,wgan",
            r"variants: 'hinge,wgan' is one text; write a list, such as variants: \[hinge, wgan\]$",
        ),
        ("variants: [my variant]", r"variants: unknown variant 'my variant'; "),
        ("variants: [{name: wgan, label: my row}]", r"variants.0.label: 'my row' cannot be the name of a folder"),
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
    assert not any(word in str(caught.value) for word in ("[key]", "a-z", "A-Z", "pattern", "VariantEntry", "literal"))


def test_a_missing_key_is_named(write):
    with pytest.raises(InputError, match="the key 'seeds' is missing"):
        load_sweep(write(MINIMAL.replace("seeds: 0..2\n", "")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: s\nsteps: [", r"sweep.yaml, line 2: not valid YAML"),
        ("name: s\nsteps: 10\nname: t\n", r"sweep.yaml, line 3: not valid YAML: the key 'name' occurs twice"),
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


def test_keys_that_begin_with_x_hold_what_anchors_name(write):
    text = MINIMAL.replace("[vanilla, lsgan]", "[{name: wgan, optimizer: *slow}, {name: hinge, optimizer: *slow}]")
    text = "x-common:\n  slow: &slow {lr: 1e-5}\n" + text
    assert [entry.optimizer for entry in load_sweep(write(text)).variants] == [{"lr": 1e-5}] * 2
    with pytest.raises(InputError, match="unknown key 'x-common'"):
        load_sweep(write(text), ["x-common=1"])


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ("{name: column, path: heights.csv, column: h}", ["heights.csv"]),
        ("[{name: column, path: ../heights.csv, column: h}, gaussian]", ["../heights.csv"]),
        ("{name: image-folder, path: cats, test_path: dogs}", ["cats", "dogs"]),
    ],
)
def test_relative_paths_of_data_are_relative_to_the_file_that_names_them(write, tmp_path, data, paths):
    (tmp_path / "inner").mkdir()
    write(MINIMAL.replace("gaussian", data, 1), "inner/base.yaml")
    choice = load_sweep(write("extends: inner/base.yaml\nsteps: 5\n")).data[0]
    assert [choice[key] for key in ("path", "test_path") if key in choice] == [
        str(tmp_path / "inner" / path) for path in paths
    ]


def test_paths_laid_over_the_data_of_an_extended_file_are_relative_to_their_own_file(write, tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "over").mkdir()
    write(MINIMAL.replace("gaussian", "{name: column, path: a.csv, column: h}", 1), "base/base.yaml")
    over = write("extends: ../base/base.yaml\ndata: {path: b.csv}\n", "over/over.yaml")
    assert load_sweep(over).data == ({"name": "column", "path": str(tmp_path / "over" / "b.csv"), "column": "h"},)


@pytest.mark.parametrize("path", ["/data/heights.csv", "~/heights.csv", "${HEIGHTS}/heights.csv"])
def test_paths_that_are_not_relative_stay_as_they_are_written(write, path):
    data = f"{{name: column, path: '{path}', column: h}}"
    assert load_sweep(write(MINIMAL.replace("gaussian", data, 1))).data[0]["path"] == path


def test_paths_on_the_command_line_are_relative_to_the_working_directory(write):
    sweep = load_sweep(write(MINIMAL), ["data={name: column, path: heights.csv, column: h}"])
    assert sweep.data[0]["path"] == "heights.csv"
