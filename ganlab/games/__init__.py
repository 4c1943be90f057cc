"""Games: who plays, and what each player minimises."""

from ganlab.games import ada, diffaugment, instance_noise
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
    "ada",
    "augmentation_options",
    "diffaugment",
    "find",
    "game_options",
    "instance_noise",
    "make_augmentation",
    "make_game",
    "make_prior",
    "names",
    "prior_options",
    "register",
]
