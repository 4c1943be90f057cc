"""The report on sweeps as a page of this machine that follows their training."""

from ganlab.live.watch import Watch

__all__ = ["Watch"]
