"""Games: who plays, and what each player minimises."""

from ganlab.games import acgan, ali, began, cramer, ebgan, infogan, mmd_gan, unrolled, veegan
from ganlab.games.adversarial import AdversarialGame, PenalisedGame
from ganlab.games.base import GAMES, Batch, Draw, Game, Loss, Task, find, names, register
from ganlab.games.making import game_options, make_game
from ganlab.games.nets import Nets
from ganlab.games.priors import Codes, Prior, make_prior, prior_options

__all__ = [
    "GAMES",
    "AdversarialGame",
    "Batch",
    "Codes",
    "Draw",
    "Game",
    "Loss",
    "Nets",
    "PenalisedGame",
    "Prior",
    "Task",
    "acgan",
    "ali",
    "began",
    "cramer",
    "ebgan",
    "find",
    "game_options",
    "infogan",
    "make_game",
    "make_prior",
    "mmd_gan",
    "names",
    "prior_options",
    "register",
    "unrolled",
    "veegan",
]
