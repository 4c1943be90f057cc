from __future__ import annotations

import pytest

from ganlab.errors import InputError
from ganlab.variants import VARIANTS, load_file

SOURCE = """
from ganlab.variants import Variant, register

register(
    Variant(
        name="{name}",
        discriminator_loss=lambda real, fake: (fake - real).mean(),
        generator_loss=lambda real, fake: -fake.mean(),
    )
)
"""


def test_a_file_of_the_users_registers_its_variant_once(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.format(name="of-a-user"))
    assert load_file(file) == {"of-a-user": file.read_text()}
    assert load_file(file) == {"of-a-user": file.read_text()}
    assert VARIANTS["of-a-user"].generator_loss is not None


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"variant file .*nowhere\.py"):
        load_file(tmp_path / "nowhere.py")


def test_a_file_without_a_variant_is_told_how_to_have_one(tmp_path):
    file = tmp_path / "empty.py"
    file.write_text("x = 1\n")
    with pytest.raises(InputError, match="registers no variant"):
        load_file(file)


def test_a_fault_in_the_file_is_one_sentence_with_its_line(tmp_path):
    file = tmp_path / "faulty.py"
    file.write_text("from ganlab.variants import Variant\n\nVariant(nane='x')\n")
    with pytest.raises(InputError, match=r"faulty\.py, line 3: TypeError: .*nane"):
        load_file(file)


def test_a_dataclass_in_the_file_works_as_in_any_module(tmp_path):
    file = tmp_path / "mine.py"
    text = "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    a: int = 1\n"
    file.write_text(text + SOURCE.format(name="of-a-user"))
    assert list(load_file(file)) == ["of-a-user"]


def test_a_name_that_is_taken_is_refused(tmp_path):
    file = tmp_path / "again.py"
    file.write_text(SOURCE.format(name="lsgan"))
    with pytest.raises(InputError, match="already is a variant named 'lsgan'"):
        load_file(file)
