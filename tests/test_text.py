from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.text import counted, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("height (cm)", "height (cm)"),
        ("Größe \N{LATIN SMALL LETTER E WITH ACUTE} 身高", "Größe é 身高"),
        ("non\N{NO-BREAK SPACE}breaking", "non breaking"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\\u202eb"),
        ("a\0b\N{LINE SEPARATOR}", "a\\x00b\\u2028"),
    ],
)
def test_text_becomes_one_printable_line(text, line):
    assert one_line(text) == line


@given(st.text())
def test_any_text_becomes_one_line_and_stays_it(text):
    line = one_line(text)
    assert line.isprintable()
    assert one_line(line) == line


@pytest.mark.parametrize(("number", "said"), [(0, "0 seeds"), (1, "1 seed"), (5_000, "5,000 seeds")])
def test_a_count_has_its_plural(number, said):
    assert counted(number, "seed") == said
