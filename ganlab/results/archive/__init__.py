"""An archive of runs: a zip file that holds their records, what was derived from them, and the checksum of each file.

========================================  ===============================================================
``archive.json``                          which runs in which order, the columns asked for, ganlab's version
``runs/<sweep>/sweep.json``               which runs of the sweep there are
``runs/<sweep>/<id>/``                    a run's ``spec.json``, ``summary.json``, ``metrics.jsonl`` and
                                          ``environments.json``, and its ``checkpoint.pt`` where asked for
``table.*``, ``methods.md``,              derived from the runs
``citation.bib``, ``environment.json``,
``README.txt``
``MANIFEST.sha256``                       the checksums of all others, for ``sha256sum -c``
========================================  ===============================================================

Nothing of it is ever unpacked here. A checkpoint is read as tensors alone, to verify it.
"""

from ganlab.results.archive.reading import archived_runs
from ganlab.results.archive.verification import Check, verify
from ganlab.results.archive.writing import write_archive

__all__ = ["Check", "archived_runs", "verify", "write_archive"]
