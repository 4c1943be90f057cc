"""Files of the user's own that register variants, networks, data, evaluators and all else that has a name."""

from ganlab.plugins.definitions import Definitions
from ganlab.plugins.faults import fault_of, in_words, place_of
from ganlab.plugins.loading import (
    add_plugin,
    added_plugins,
    changed_plugins,
    defined_in,
    have_run,
    use_added_plugins,
    use_plugins,
)
from ganlab.plugins.reading import read_plugin
from ganlab.plugins.registries import registries

__all__ = [
    "Definitions",
    "add_plugin",
    "added_plugins",
    "changed_plugins",
    "defined_in",
    "fault_of",
    "have_run",
    "in_words",
    "place_of",
    "read_plugin",
    "registries",
    "use_added_plugins",
    "use_plugins",
]
