"""Training: one member's updates, lifted over a population, and the record that it leaves."""

from ganlab.training.recorded import read_spec
from ganlab.training.trained import Trained, load_trained, require_count, require_place, save_samples
from ganlab.training.trainer import Progress, Trainer

__all__ = [
    "Progress",
    "Trained",
    "Trainer",
    "load_trained",
    "read_spec",
    "require_count",
    "require_place",
    "save_samples",
]
