"""W&B, which mirrors run directories."""

from ganlab.tracking.mirror import Mirror

__all__ = ["Mirror"]
