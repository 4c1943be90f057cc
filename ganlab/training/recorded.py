"""The spec of a recorded run that is to be sampled or trained again, and the code that it carries."""

from __future__ import annotations

from collections.abc import Sequence

from ganlab.errors import InputError
from ganlab.evaluation import EVALUATORS
from ganlab.plugins import changed_plugins, have_run, use_plugins
from ganlab.record import RunDirectory
from ganlab.record.plugin import Plugin
from ganlab.record.spec import RunSpec
from ganlab.training.papers import parts_of


def read_spec(run: RunDirectory, trust: bool = False) -> RunSpec:
    """The spec of a recorded run, whose plugins are in use after this.

    Args:
        run: its directory.
        trust: whether code that the record carries, its plugins, may be run; code that this process has run may anyway.

    Raises:
        InputError: it was made by another revision of training than this one, carries code that is not trusted or has
            changed since, or names what neither ganlab nor that code registers.
    """
    spec = run.spec().spec
    if not trust and not have_run(spec.plugins):
        _refuse_code(spec.plugins, run)
    use_plugins(spec.plugins)
    spec = run.spec().spec  # again, because only now are the settings of the plugins' optimisers known
    _require_names(spec, run)
    return spec


def _refuse_code(plugins: Sequence[Plugin], run: RunDirectory) -> None:
    """Refuse code that this process has not run, and say whose it is.

    Raises:
        InputError: always.
    """
    if changed := changed_plugins(plugins):
        raise InputError(
            f"{changed[0]} has changed since {run.path} was planned; restore it, or leave it out and add --trust "
            "(in Python, trust=True) to run the text that the record carries"
        )
    files = ", ".join(file for plugin in plugins for file in plugin.files)
    raise InputError(
        f"{run.path} carries Python code of the run's author ({files}), which this would run; read it in spec.json, "
        "under plugins, and if you trust it add --trust (in Python, trust=True)"
    )


def _require_names(spec: RunSpec, run: RunDirectory) -> None:
    """Check that all that `spec` names is registered.

    Raises:
        InputError: something is not.
    """
    plugins = ", ".join(plugin.name for plugin in spec.plugins)
    who = f"neither ganlab nor the record's plugins ({plugins}) register" if plugins else "ganlab does not register"
    if spec.evaluators:
        import ganlab.evaluation.images  # noqa: F401 (registers its evaluators)
    for registry, names in [*parts_of(spec), (EVALUATORS, spec.evaluators)]:
        for name in names:
            if name not in registry:
                raise InputError(f"{run.path} names the {registry.kind} '{name}', which {who}")
