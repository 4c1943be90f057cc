"""What plugins register, and when."""

from __future__ import annotations

import pickle
import sys

import pytest
from written_plugin import write_plugin

import ganlab
from ganlab.data import DATA
from ganlab.errors import InputError
from ganlab.evaluation import EVALUATORS
from ganlab.networks import BUILDERS
from ganlab.plugins import (
    added_plugins,
    defined_in,
    fault_of,
    loading,
    read_plugin,
    registries,
    use_added_plugins,
    use_plugins,
)
from ganlab.record.plugin import Plugin
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.variants import PENALTIES, VARIANTS

REGISTER = "from dataclasses import replace\nfrom ganlab.variants import VARIANTS, register\n"
SWEEP = "name: s\ndata: gaussian\nvariants: [lsgan]\nseeds: [0]\nsteps: 10\n"


def copy_of_lsgan(name, summary=""):
    return f"{REGISTER}register(replace(VARIANTS['lsgan'], name='{name}', summary='{summary}'))\n"


def plugin_of(text, name="mine.py", **files):
    return Plugin(name=name, files={name: text, **{f"{file}.py": content for file, content in files.items()}})


def test_every_registry_is_listed_with_what_the_packages_register():
    names = {registry.plural: registry.names for registry in registries()}
    assert list(names) == [
        "variants",
        "games",
        "penalties",
        "constraints",
        "augmentations",
        "optimizers",
        "builders",
        "data sets",
        "evaluators",
        "pictures",
        "extractors",
        "engines",
    ]
    assert "inception" in names["extractors"]


def test_a_plugin_registers_any_kind_with_modules_beside_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plugin").mkdir()
    use_plugins([read_plugin(write_plugin(tmp_path / "plugin"))])
    assert {"mine", "my-net", "my-uniform", "my-width"} <= {
        *VARIANTS.names,
        *BUILDERS.names,
        *DATA.names,
        *EVALUATORS.names,
    }
    builder = BUILDERS["my-net"]
    discriminator = builder.discriminator((1,), None, 0, None, builder.options())
    assert type(discriminator).__name__ == "Scores"
    assert "parts" not in sys.modules


def test_the_registries_hold_what_the_plugins_in_use_register_and_nothing_else():
    built_in = VARIANTS.names
    one, other = plugin_of(copy_of_lsgan("one"), "one.py"), plugin_of(copy_of_lsgan("other"), "other.py")
    use_plugins([one, other])
    assert VARIANTS.names == [*built_in, "one", "other"]
    use_plugins([other])
    assert VARIANTS.names == [*built_in, "other"]
    use_plugins([])
    assert VARIANTS.names == built_in


def test_code_runs_once_a_process_for_one_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    count = "from pathlib import Path\nwith Path('count').open('a') as file:\n    file.write('x')\n"
    for _ in range(3):
        use_plugins([plugin_of(count + copy_of_lsgan("mine"))])
        use_plugins([])
    assert (tmp_path / "count").read_text() == "x"


def test_two_texts_of_one_plugin_can_be_used_in_turn():
    first, second = plugin_of(copy_of_lsgan("mine", "first")), plugin_of(copy_of_lsgan("mine", "second"))
    for plugin, summary in ((first, "first"), (second, "second"), (first, "first")):
        use_plugins([plugin])
        assert VARIANTS["mine"].summary == summary
        assert defined_in(VARIANTS, "mine") == plugin
        assert defined_in(VARIANTS, "lsgan") is None


def test_a_plugin_that_is_added_is_part_of_the_runs_of_every_sweep_after_that(tmp_path):
    file, sweep = tmp_path / "mine.py", tmp_path / "sweep.yaml"
    file.write_text(copy_of_lsgan("mine", "first"))
    sweep.write_text(SWEEP)
    before = resolve(load_sweep(sweep))
    ganlab.plugin(file)
    (spec,) = resolve(load_sweep(sweep, ["variants=mine"]))
    assert spec.plugins == (read_plugin(file),)
    assert spec.id != before[0].id
    file.write_text(copy_of_lsgan("mine", "second"))
    ganlab.plugin(str(file))
    assert VARIANTS["mine"].summary == "second"
    assert resolve(load_sweep(sweep, ["variants=mine"]))[0].plugins == (read_plugin(file),)
    assert spec.plugins != (read_plugin(file),)


def test_a_plugin_that_cannot_be_added_leaves_those_that_were(tmp_path):
    (tmp_path / "mine.py").write_text(copy_of_lsgan("mine"))
    (tmp_path / "bad.py").write_text("1 / 0\n")
    ganlab.plugin(tmp_path / "mine.py")
    with pytest.raises(InputError, match=r"^bad\.py, line 1: ZeroDivisionError: division by zero$"):
        ganlab.plugin(tmp_path / "bad.py")
    assert list(added_plugins()) == [tmp_path / "mine.py"]
    assert "mine" in VARIANTS
    use_plugins([])
    use_added_plugins()
    assert "mine" in VARIANTS


def test_plugins_of_extended_files_of_overrides_and_of_python_add_up(tmp_path):
    for name in ("added", "base", "over", "given"):
        (tmp_path / f"{name}.py").write_text(copy_of_lsgan(name))
    (tmp_path / "base.yaml").write_text(SWEEP + "plugins: [base.py]\n")
    (tmp_path / "over.yaml").write_text("extends: base.yaml\nplugins: [over.py, base.py]\n")
    ganlab.plugin(tmp_path / "added.py")
    sweep = load_sweep(tmp_path / "over.yaml", [f"plugins=[{tmp_path}/given.py]", "variants=[base, over, given]"])
    assert [plugin.name for plugin in sweep.plugins] == ["added.py", "base.py", "over.py", "given.py"]


def test_a_plugin_that_a_sweep_names_has_its_place_there_though_it_is_added_as_well(tmp_path):
    for name in ("one", "other"):
        (tmp_path / f"{name}.py").write_text(copy_of_lsgan(name))
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(SWEEP + "plugins: [one.py, other.py]\n")
    (before,) = resolve(load_sweep(sweep))
    ganlab.plugin(tmp_path / "other.py")
    (after,) = resolve(load_sweep(sweep))
    assert [plugin.name for plugin in after.plugins] == ["one.py", "other.py"]
    assert after.id == before.id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\n1 / 0\n", r"^mine\.py, line 3: ZeroDivisionError: division by zero$"),
        ("x = 1\n", r"^mine\.py registers nothing; it should call register"),
        ("raise SystemExit('bye')\n", r"^mine\.py, line 1: SystemExit: bye$"),
        ("import nowhere_at_all\n", r"^mine\.py, line 1: ModuleNotFoundError: No module named 'nowhere_at_all'$"),
        ("import helper\nhelper.fail()\n", r"^helper\.py, line 2: KeyError: 'x'$"),
        (
            "print(__file__)\n",
            r"^mine\.py, line 1: NameError: .*; a plugin has no __file__,",
        ),
        (copy_of_lsgan("wgan"), r"^mine\.py, line 3: there already is a variant named 'wgan'; choose another name$"),
        ("from ganlab.variants import Variant\n\nVariant(nane='x')\n", r"^mine\.py, line 3: TypeError: .*nane"),
        ("def f(:\n", r"^mine\.py, line 1: SyntaxError: invalid syntax$"),
    ],
)
def test_a_fault_is_one_sentence_with_file_and_line_and_leaves_nothing(text, message):
    names = {registry.kind: registry.names for registry in registries()}
    penalty = (
        "from ganlab.variants import Penalty, register_penalty\n"
        "register_penalty(Penalty(name='left', summary='', function=None))\n"
    )
    for _ in range(2):
        with pytest.raises(InputError, match=message) as refused:
            use_plugins([plugin_of(text, helper="def fail():\n    return {}['x']\n")])
        assert "\n" not in str(refused.value)
        with pytest.raises(InputError):
            use_plugins([plugin_of(penalty + "1 / 0\n")])
        assert "left" not in PENALTIES
        assert names == {registry.kind: registry.names for registry in registries()}


def test_two_plugins_that_register_one_name_are_told_apart():
    plugins = [plugin_of(copy_of_lsgan("twice"), "a.py"), plugin_of(copy_of_lsgan("twice", "other"), "b.py")]
    with pytest.raises(InputError, match=r"^b\.py beside a\.py: there already is a variant named 'twice'; choose"):
        use_plugins(plugins)
    assert "twice" not in VARIANTS


def test_two_files_of_one_module_name_are_refused():
    plugin = plugin_of("import my_x\n" + copy_of_lsgan("mine"), "my-x.py", my_x="")
    with pytest.raises(InputError, match=r"two of the files my-x\.py, my_x\.py are one module; rename"):
        use_plugins([plugin])


@pytest.mark.parametrize("name", ["my-plugin.py", "v2.final.py", "plugin", "__init__.py"])
def test_any_file_name_will_do(tmp_path, name):
    (tmp_path / name).write_text(copy_of_lsgan("mine"))
    use_plugins([read_plugin(tmp_path / name)])
    assert "mine" in VARIANTS


def test_a_module_beside_a_plugin_comes_before_one_that_is_loaded_under_its_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "helper", pickle)
    use_plugins([plugin_of("import helper\n" + copy_of_lsgan("mine") + "assert helper.here\n", helper="here = True\n")])
    assert sys.modules["helper"] is pickle


def test_a_module_of_the_working_directory_is_refused_where_it_is_imported(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "local_helper.py").write_text("")
    (tmp_path / "mine.py").write_text("import local_helper\n" + copy_of_lsgan("mine"))
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.syspath_prepend(str(tmp_path / "work"))
    with pytest.raises(InputError, match=r"^mine\.py, line 1: ImportError: 'local_helper' is .*put it beside"):
        use_plugins([read_plugin(tmp_path / "mine.py")])
    del sys.modules["local_helper"]


def test_a_module_of_pythonpath_is_refused_and_one_that_is_installed_there_is_not(tmp_path, monkeypatch):
    library = tmp_path / "library"
    (library / "installed_here-1.0.dist-info").mkdir(parents=True)
    (library / "installed_here-1.0.dist-info" / "METADATA").write_text("Name: installed-here\nVersion: 1.0\n")
    (library / "installed_here-1.0.dist-info" / "RECORD").write_text("installed_here.py,,\n")
    (library / "installed_here.py").write_text("")
    (library / "local_module.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(library))
    monkeypatch.syspath_prepend(str(library))
    use_plugins([plugin_of("import installed_here\n" + copy_of_lsgan("mine"))])
    with pytest.raises(
        InputError, match=r"line 1: ImportError: 'local_module' is .*put it beside the plugin, or install"
    ):
        use_plugins([plugin_of("import local_module\n" + copy_of_lsgan("mine"))])
    for name in ("local_module", "installed_here"):
        del sys.modules[name]


def test_a_folder_without_init_that_the_working_directory_alone_has_is_refused(tmp_path, monkeypatch):
    (tmp_path / "work" / "local_folder").mkdir(parents=True)
    (tmp_path / "work" / "local_folder" / "part.py").write_text("")
    (tmp_path / "mine.py").write_text("import local_folder.part\n" + copy_of_lsgan("mine"))
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.syspath_prepend(str(tmp_path / "work"))
    with pytest.raises(InputError, match=r"^mine\.py, line 1: ImportError: 'local_folder' is .*put it beside"):
        use_plugins([read_plugin(tmp_path / "mine.py")])
    for name in ("local_folder", "local_folder.part"):
        sys.modules.pop(name, None)


def test_what_a_plugin_defines_can_be_pickled():
    text = copy_of_lsgan("mine") + "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int = 1\n"
    text += "register(replace(VARIANTS['lsgan'], name='point', summary=Point))\n"
    use_plugins([plugin_of(text)])
    point = VARIANTS["point"].summary
    assert pickle.loads(pickle.dumps(point(3))) == point(3)


def test_an_error_in_a_function_of_a_plugin_is_told_with_its_line_and_others_are_not():
    text = copy_of_lsgan("mine").replace("summary=''", "summary=lambda: [][1]")
    use_plugins([plugin_of(text)])
    with pytest.raises(IndexError) as raised:
        VARIANTS["mine"].summary()
    assert fault_of(raised.value) == "mine.py, line 3: IndexError: list index out of range"
    assert fault_of(ValueError("of ganlab")) is None


def test_a_plugin_that_imports_more_of_ganlab_does_not_take_that_for_its_own():
    text = "import ganlab.evaluation.images\n" + copy_of_lsgan("mine")
    use_plugins([plugin_of(text)])
    assert [entry.name for _, entry in loading._process.ran[plugin_of(text).sha256]] == ["mine"]


def test_the_registry_knows_the_code_of_an_entry_while_its_plugin_is_in_use():
    plugin = plugin_of(copy_of_lsgan("mine"))
    use_plugins([plugin])
    assert VARIANTS.code_of("mine") == plugin.sha256
    assert VARIANTS.code_of("lsgan") == ""
    use_plugins([])
    assert VARIANTS.code_of("mine") == ""
