"""One page a variant and a game, from their registries."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from docs_site.dynamics import section
from docs_site.formulas import formula
from docs_site.markdown import block, code, page, paper_link, paper_title, source, table
from docs_site.options import options_table, value_in_words
from docs_site.traps import game_traps, variant_traps
from ganlab.games import GAMES, Game
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS, Defaults, Variant

SOFTPLUS = "softplus(v) = log(1 + exp v), so that softplus(-v) is the -log of the logistic function of v."


def variant_pages() -> dict[str, str]:
    """Markdown by file name, the overview first."""
    return {"index.md": _overview("Variants", VARIANTS)} | {f"{one.name}.md": _variant(one) for one in VARIANTS}


def game_pages() -> dict[str, str]:
    """Markdown by file name, the overview first."""
    return {"index.md": _overview("Games", GAMES)} | {f"{one.name}.md": _game(one) for one in GAMES}


def _overview(title: str, entries: object) -> str:
    rows = [[f"[{one.name}]({one.name}.md)", one.summary, paper_link(one.paper)] for one in entries]  # type: ignore[attr-defined]
    return page(title, table(["name", "what it is", "paper"], rows))


def _variant(variant: Variant) -> str:
    losses = [formula(variant.discriminator_loss), formula(variant.generator_loss)]
    shown = "".join(f"{who} minimises\n\n$$\n{text}\n$$\n\n" for who, text in zip(PLAYERS, losses, strict=True))
    notation = "D gives raw scores; E is the mean over a batch."
    return page(
        variant.name,
        _heading(variant.summary, variant.paper),
        f"## Losses\n\n{shown}{notation} {SOFTPLUS if 'softplus' in shown else ''}",
        *(_part(PENALTIES[name], weight, "weight") for name, weight in variant.penalties.items()),
        *(_part(CONSTRAINTS[name], bound, "bound") for name, bound in variant.constraints.items()),
        section(variant),
        _defaults(variant.defaults, variant.penalties, variant.constraints),
        _traps(variant_traps(variant)),
        _try(f"experiments/gaussian_1d.yaml name=mine variants=[{variant.name}]"),
    )


PLAYERS = ("The discriminator", "The generator")


def _game(game: type[Game]) -> str:
    options = options_table(game.Options)
    objectives = "\n".join(f"{player}:\n\n{source(getattr(game, player))}" for player in _players(game))
    return page(
        game.name,
        _heading(game.summary, game.paper),
        inspect.cleandoc(game.__doc__ or ""),
        f"## Objectives\n\nOne method a player is what that player minimises.\n\n{objectives}",
        f"## Options\n\nKeys under `game` in a sweep file.\n\n{options}" if options else "",
        _defaults(game.defaults, game.penalties, game.constraints),
        _traps(game_traps(game)),
        _try(f"experiments/games/{game.name}.yaml"),
        f"![Learning curves of {game.name}](../../images/games/{game.name}.svg)\n\n"
        "Medians over the seeds, in bands from the first to the third quartile; the dashed line is what true samples "
        f"score. The table that this makes is [here](../../tables/games/{game.name}.md); "
        f"`scripts/make_tables.sh experiments/games/{game.name}.yaml` makes both.",
    )


def _players(game: type[Game]) -> list[str]:
    names = game.players if isinstance(game.players, tuple) else Game.players
    return [name for name in names if hasattr(game, name)]


def _heading(summary: str, paper: str) -> str:
    cited = f"\n\n{paper_title(paper)}, {paper_link(paper)}" if paper else ""
    return f"{summary[0].upper()}{summary[1:]}.{cited}"


def _part(part: object, number: float, what: str) -> str:
    """A penalty or a constraint, with its code."""
    return (
        f"## {part.name}\n\n{part.summary}, with a {what} of {number:g} by default "  # type: ignore[attr-defined]
        f"({paper_link(part.paper)}).\n\n{source(part.function)}"  # type: ignore[attr-defined]
    )


def _defaults(defaults: Defaults, penalties: Mapping[str, float], constraints: Mapping[str, float]) -> str:
    values = {
        "optimizer": defaults.optimizer,
        "critic_steps": defaults.critic_steps,
        "critic_warmup": defaults.critic_warmup,
        "penalties": dict(penalties),
        "constraints": dict(constraints),
    }
    rows = [[code(name), value_in_words(value)] for name, value in values.items()]
    return f"## Defaults\n\n{table(['key', 'value'], rows)}\nFrom: {defaults.source or 'not stated'}."


def _traps(traps: list[str]) -> str:
    return "## Known traps\n\n" + "".join(f"- {trap}\n" for trap in traps) if traps else ""


def _try(arguments: str) -> str:
    return f"## Try it\n\n{block(f'ganlab sweep {arguments}', 'sh')}"
