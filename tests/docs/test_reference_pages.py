"""The pages of the reference that are made from the code."""

from __future__ import annotations

import pytest
from docs_site.commands import command_page
from docs_site.experiments import FIGURES, table_pages
from docs_site.formulas import formula
from docs_site.options import options_table
from docs_site.registries import registry_pages
from docs_site.settings import settings_page
from docs_site.variants import game_pages, variant_pages
from torch.nn.functional import softplus

from ganlab.cli import COMMANDS
from ganlab.games import GAMES
from ganlab.record.optimizers import Adam
from ganlab.sweeps.settings import FIELDS
from ganlab.variants import VARIANTS

REAL, FAKE = r"\mathbb{E}\left[D(x)\right]", r"\mathbb{E}\left[D(G(z))\right]"


@pytest.mark.parametrize(
    ("loss", "written"),
    [
        (lambda real, fake: fake.mean() - real.mean(), f"{FAKE} - {REAL}"),
        (lambda real, fake: real.mean() - (1 - fake.mean()), rf"{REAL} - \left(1 - {FAKE}\right)"),
        (lambda real, fake: -(real - 1).square() / 2, r"\frac{-\left(D(x) - 1\right)^2}{2}"),
        (lambda real, fake: -softplus(-fake), r"-\operatorname{softplus}\left(-D(G(z))\right)"),
    ],
)
def test_a_formula_is_read_off_a_loss(loss, written):
    assert formula(loss) == written


def test_a_loss_of_unknown_operations_has_no_formula():
    with pytest.raises(KeyError, match="cumsum"):
        formula(lambda real, fake: fake.cumsum(0).mean())


def test_every_variant_and_every_game_has_a_page_with_its_paper_and_defaults():
    for pages, registry in ((variant_pages(), VARIANTS), (game_pages(), GAMES)):
        assert set(pages) == {"index.md", *(f"{name}.md" for name in registry.names)}
        for entry in registry:
            page = pages[f"{entry.name}.md"]
            assert entry.paper in page
            assert entry.defaults.source in page
            assert f"]({entry.name}.md)" in pages["index.md"]


def test_every_game_has_a_figure_of_its_training_on_its_page_and_beside_its_table():
    for game in GAMES:
        assert (FIGURES / f"games/{game.name}.svg").exists()
        for page in (game_pages()[f"{game.name}.md"], table_pages()[f"games/{game.name}.md"]):
            assert f"(../../images/games/{game.name}.svg)" in page


def test_a_two_sided_penalty_is_a_known_trap():
    pages = variant_pages()
    assert "charges slopes below 1 too" in pages["wgan-gp.md"]
    assert "charges slopes below 1 too" not in pages["wgan-lp.md"]


def test_every_setting_is_explained():
    settings = settings_page().partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in settings.splitlines() if line.startswith("| `")]
    assert [row[0].strip("`") for row in rows] == list(FIELDS)
    assert "| `seeds` | none | a range such as `0..4`, or a list; required without `search` |\n" in settings_page()
    assert "| `trials` | integer ≥ 1, ≤ 1,000 | required | of each row, each on every tune seed. |\n" in settings_page()
    assert all(len(row) == 4 for row in rows)


def test_options_have_types_bounds_and_defaults():
    assert "| `lr` | number > 0, ≤ 1,000,000,000,000.0 | `0.0002` |\n" in options_table(Adam)
    assert "| `betas` | list of number ≥ 0, ≤ 0.999999 | `[0.5, 0.999]` |" in options_table(Adam)


def test_names_of_every_registry_and_all_commands_are_listed():
    assert "`weight_clipping`" in registry_pages()["constraints.md"]
    assert "`w1` | lower | `wasserstein`" in registry_pages()["evaluators.md"]
    assert command_page().count("\n## ganlab ") >= len(COMMANDS)
