"""The features of real images, computed once and kept on disk."""

from __future__ import annotations

import hashlib
from functools import cached_property

import torch
from torch import Tensor

from ganlab.data.reference import Images
from ganlab.evaluation.images import frechet, prdc
from ganlab.evaluation.images.cache import cache_folder, kept
from ganlab.evaluation.images.features import CPU, Extractor, Features, Report, silent


class RealFeatures:
    """What `extractor` says of `images`, and what metrics make of that alone; each part is computed when it is wanted.

    On disk it goes by a hash of all that determines it: the images' content and count, the extractor's name, its
    weights, the resize, and its code where it is a user's.

    Args:
        extractor: whose features they are.
        images: the real ones.
        report: is told when features are computed.
        device: where distances between features are computed.
        code: the hash of the extractor's code; empty for ganlab's own.
    """

    def __init__(
        self, extractor: Extractor, images: Images, report: Report = silent, device: torch.device = CPU, code: str = ""
    ) -> None:
        self.extractor = extractor
        self.images = images
        self.device = device
        self._report = report
        self._code = code

    def __len__(self) -> int:
        return len(self.images.images)

    @property
    def key(self) -> str:
        parts = (
            self.images.fingerprint,
            self.extractor.name,
            self.extractor.weights,
            self.extractor.resize,
            self._code,
            str(len(self)),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def features(self) -> Features:
        """values [m, D] and logits [m, K]."""

        def make() -> dict[str, Tensor]:
            self._report(f"computing the features '{self.extractor.name}' of {self.images.name}")
            return vars(self.extractor.extract(self.images.images))

        return Features(**kept(cache_folder() / "features" / f"{self.key}.pt", make))

    @cached_property
    def moments(self) -> frechet.Moments:
        return frechet.moments(self.features.values)

    @cached_property
    def radii(self) -> Tensor:
        """`prdc.radii` of the features [m, 2]."""

        def make() -> dict[str, Tensor]:
            self._report(f"computing the nearest neighbours among {self.images.name}")
            return {"radii": prdc.radii(self.features.values, self.device)}

        radii: Tensor = kept(cache_folder() / "features" / f"{self.key}-radii.pt", make)["radii"]
        return radii
