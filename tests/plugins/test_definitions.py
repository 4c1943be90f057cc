"""The text of what a user's file defines, with all that it uses."""

from __future__ import annotations

import importlib
import linecache
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlab.errors import InputError
from ganlab.plugins import Definitions

HELPERS = """
SLOPE = 0.1


def scaled(x):
    return x * SLOPE


class Pair:
    def __init__(self, first):
        self.first = first
"""

NETWORKS = """
from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from my_helpers import Pair, scaled as small

WIDTHS = (4, 2)
UNUSED = object()
TENSOR = Tensor([1.0])


def twice(function):
    return function


class Block(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.relu(small(x)) * math.pi


@twice
class Network(nn.Module):
    def __init__(self, inputs=WIDTHS[0]):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, WIDTHS[1]), Block())

    def forward(self, x):
        return self.layers(x)


class Sized(Block):
    size = WIDTHS[0]

    def forward(self, x):
        return x * self.size


class Derived(Sized):
    def extra_repr(self):
        return "derived"


class Holding(nn.Module):
    inner = nn.Linear(WIDTHS[0], 1)
    relu = torch.nn.ReLU
    kernel = torch.ones(3)


class HoldingAnObject(nn.Module):
    pair = Pair(WIDTHS[0])

    def forward(self, x):
        return x


class HoldingARing(nn.Module):
    pair = Pair(None)
    pair.first = pair

    def forward(self, x):
        return x


class HoldingAPartial(nn.Module):
    pair = partial(Pair, WIDTHS[0])

    def forward(self, x):
        return x

    @staticmethod
    def forward(x):
        return x


def keyword(*, inputs=WIDTHS[0], dtype=torch.float32):
    return nn.Linear(inputs, 1, dtype=dtype)


def branches(inputs):
    if inputs > 3:
        inputs += 1
        inputs *= 2
    return nn.Linear(inputs, 1)


class Circular(nn.Module):
    def forward(self, x):
        return Child


class Child(Circular):
    def forward(self, x):
        return x


def uses_a_tensor():
    return TENSOR


def makes(inputs):
    return Network(inputs)


class Plain(nn.ReLU):
    pass


@dataclass
class Shape:
    width: int = 3
    depth: int = 2

    def area(self):
        return self.width * self.depth


@dataclass
class Bare:
    area: int = Shape(5).area()


class Area(nn.Module):
    size = WIDTHS[0]
    twice = 2 * size

    def forward(self, x):
        TENSOR = x * Bare().area
        return [UNUSED for UNUSED in (TENSOR, self.twice)]


MIXED = {1, "a"}
RING = [1]
RING.append(RING)


def uses_a_mixed_set():
    return MIXED


def uses_a_ring():
    return RING


def outer():
    class Inner(nn.Module):
        pass

    return Inner
"""


@pytest.fixture
def networks(tmp_path, monkeypatch):
    """The module my_networks, in a folder of the user's own."""
    (tmp_path / "my_helpers.py").write_text(HELPERS)
    (tmp_path / "my_networks.py").write_text(NETWORKS)
    monkeypatch.syspath_prepend(tmp_path)
    linecache.clearcache()
    for name in ("my_networks", "my_helpers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module("my_networks")
    for name in ("my_networks", "my_helpers"):
        sys.modules.pop(name, None)


def run(definitions: Definitions, expression: str):
    """What an expression is in a new namespace, in which nothing of the user's can be imported."""
    names: dict[str, object] = {"__name__": __name__}
    exec(compile(definitions.text, "elsewhere", "exec", dont_inherit=True), names)
    assert "UNUSED" not in names
    return eval(expression, names)


def test_a_class_stands_alone_with_all_that_it_uses_and_nothing_else(networks):
    definitions = Definitions()
    assert definitions.add(networks.Network) == "Network"
    assert "my_helpers" not in definitions.text
    assert "__name__" not in definitions.text
    torch.manual_seed(0)
    expected = networks.Network()(torch.ones(3, 4))
    torch.manual_seed(0)
    assert torch.equal(run(definitions, "Network")()(torch.ones(3, 4)), expected)


@pytest.mark.parametrize("name", ["makes", "Plain"])
def test_functions_and_classes_without_methods_stand_alone(networks, name):
    definitions = Definitions()
    made = run(definitions, definitions.add(getattr(networks, name)))
    assert isinstance(made(3) if name == "makes" else made(), nn.Module)


def test_local_variables_are_not_taken_for_what_is_around_and_dataclasses_are_kept(networks):
    definitions = Definitions()
    made = run(definitions, definitions.add(networks.Area))
    assert made()(torch.ones(1)) == [10, 8]


def test_an_unused_value_of_the_name_of_a_local_variable_changes_no_text(networks):
    texts = []
    for networks.x in (5, 6, nn.ReLU()):
        definitions = Definitions()
        definitions.add(networks.Network)
        texts.append(definitions.text)
    assert texts[0] == texts[1] == texts[2]


def test_a_set_of_several_types_is_kept(networks):
    definitions = Definitions()
    assert run(definitions, definitions.add(networks.uses_a_mixed_set))() == {1, "a"}


def test_a_partial_keeps_its_arguments(networks):
    definitions = Definitions()
    expression = definitions.add(partial(networks.Network, inputs=7))
    assert run(definitions, expression)().layers[0].in_features == 7


def test_what_a_package_defines_is_imported():
    definitions = Definitions()
    assert definitions.add(nn.Linear) == "Linear"
    assert "from torch.nn.modules.linear import Linear" in definitions.text


def test_the_text_is_the_same_in_any_process(networks):
    first, second = Definitions(), Definitions()
    first.add(networks.Network)
    second.add(networks.Network)
    assert first.text == second.text


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        (
            lambda networks: lambda: None,
            r"<lambda>' is not at the top level of its file, which alone could be kept; give",
        ),
        (lambda networks: networks.outer(), r"^'outer.<locals>.Inner' is not at the top level"),
        (
            lambda networks: networks.uses_a_tensor,
            r"^'TENSOR', which 'uses_a_tensor' uses, is a Tensor, whose text runs",
        ),
        (lambda networks: networks.uses_a_ring, r"^'RING', which 'uses_a_ring' uses, holds itself, or is nested too"),
        (
            lambda networks: networks.HoldingARing,
            r"^'HoldingARing' has an attribute, a default or a base that holds itself, so it cannot be compared",
        ),
        (lambda networks: 3, r"^'int' is neither a class nor a function; give"),
        (lambda networks: partial(networks.Network, inputs=nn.ReLU()), r"^the argument inputs is a ReLU, whose text"),
    ],
)
def test_what_has_no_text_is_refused(networks, thing, why):
    with pytest.raises(InputError, match=why):
        Definitions().add(thing(networks))


def test_a_file_that_has_changed_since_it_was_imported_is_refused(networks, tmp_path):
    file = Path(networks.__file__)
    file.write_text(file.read_text().replace("* math.pi", "* math.e"))
    linecache.checkcache()
    with pytest.raises(InputError, match=r"^'Block' is no longer what .*my_networks.py says; run or import it again$"):
        Definitions().add(networks.Network)


def change_a_constant(networks):
    networks.WIDTHS = (8, 2)


def change_an_attribute(networks):
    networks.Sized.size = 32


def change_a_method(networks):
    networks.Sized.forward = networks.twice


@pytest.mark.parametrize(
    ("name", "change", "blamed"),
    [
        ("Network", change_a_constant, "Network"),
        ("keyword", change_a_constant, "keyword"),
        ("Sized", change_a_constant, "Sized"),
        ("Holding", change_a_constant, "Holding"),
        ("HoldingAnObject", change_a_constant, "HoldingAnObject"),
        ("HoldingAPartial", change_a_constant, "HoldingAPartial"),
        ("Sized", change_an_attribute, "Sized"),
        ("Sized", change_a_method, "Sized"),
        ("Derived", change_an_attribute, "Sized"),
    ],
)
def test_what_has_changed_since_its_definition_ran_is_refused(networks, name, change, blamed):
    Definitions().add(getattr(networks, name))
    change(networks)
    with pytest.raises(InputError, match=rf"^'{blamed}' is no longer what its text says: a default, an attribute, a"):
        Definitions().add(getattr(networks, name))


def test_a_class_whose_base_was_defined_anew_is_refused_if_the_new_one_is_another(networks):
    old = networks.Sized
    for text, alike in (("size = WIDTHS[0]", True), ("size = 5", False)):
        cell = f"class Sized(Block):\n    {text}\n\n    def forward(self, x):\n        return x * self.size\n"
        linecache.cache["cell"] = (len(cell), None, cell.splitlines(keepends=True), "cell")
        exec(compile(cell, "cell", "exec"), vars(networks))
        assert networks.Sized is not old
        if alike:
            Definitions().add(networks.Derived)
        else:
            with pytest.raises(InputError, match=r"^'Derived' is no longer what its text says"):
                Definitions().add(networks.Derived)


def test_a_class_of_a_cell_is_kept_with_the_import_of_another_cell(networks):
    cell = "def small_layers(n):\n    return [nn.Linear(n, 1) if n else nn.ReLU() for _ in range(2)] or nn.ReLU()\n"
    linecache.cache["cell"] = (len(cell), None, cell.splitlines(keepends=True), "cell")
    exec(compile(cell, "cell", "exec"), vars(networks))
    definitions = Definitions()
    assert len(run(definitions, definitions.add(networks.small_layers))(3)) == 2


def test_a_statement_that_has_left_a_branch_is_a_change(networks):
    file = Path(networks.__file__)
    file.write_text(
        file.read_text().replace("        inputs += 1\n        inputs *= 2", "        inputs += 1\n    inputs *= 2")
    )
    linecache.checkcache()
    with pytest.raises(InputError, match=r"^'branches' is no longer what .*my_networks.py says; run or import it"):
        Definitions().add(networks.branches)


def test_a_text_that_does_not_run_alone_is_refused(networks):
    why = r"^the text of 'Circular' with all that it uses does not run \(NameError: name 'Circular' is not defined\)$"
    with pytest.raises(InputError, match=why):
        Definitions().add(networks.Circular)


def test_code_that_was_never_a_file_is_refused():
    names: dict[str, type] = {"__name__": "__main__"}
    exec("class Typed:\n    def forward(self): ...\n", names)
    with pytest.raises(InputError, match=r"^the text of 'Typed' is not to be had, and runs must keep it; give a class"):
        Definitions().add(names["Typed"])


def test_two_things_of_one_name_are_refused(networks, tmp_path):
    (tmp_path / "my_others.py").write_text("class Network:\n    def forward(self):\n        return 1\n")
    others = importlib.import_module("my_others")
    definitions = Definitions()
    definitions.add(networks.Network)
    with pytest.raises(
        InputError, match=r"^two things that the networks use are called 'Network'; rename one of them$"
    ):
        definitions.add(others.Network)
