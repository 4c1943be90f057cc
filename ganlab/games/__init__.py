"""Games: who plays, and what each player minimises."""

from ganlab.games import (
    acgan,
    ada,
    ali,
    began,
    cramer,
    diffaugment,
    ebgan,
    infogan,
    instance_noise,
    mmd_gan,
    unrolled,
    veegan,
)
from ganlab.games.adversarial import AdversarialGame, PenalisedGame
from ganlab.games.augmentation import AUGMENTATIONS, Augmentation, augmentation_options, make_augmentation
from ganlab.games.axes import Axes
from ganlab.games.base import GAMES, Batch, Draw, Game, Loss, Task, find, names, register
from ganlab.games.making import game_options, make_game
from ganlab.games.nets import Nets
from ganlab.games.priors import Codes, Prior, make_prior, prior_options

__all__ = [
    "AUGMENTATIONS",
    "GAMES",
    "AdversarialGame",
    "Augmentation",
    "Axes",
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
    "ada",
    "ali",
    "augmentation_options",
    "began",
    "cramer",
    "diffaugment",
    "ebgan",
    "find",
    "game_options",
    "infogan",
    "instance_noise",
    "make_augmentation",
    "make_game",
    "make_prior",
    "mmd_gan",
    "names",
    "prior_options",
    "register",
    "unrolled",
    "veegan",
]
