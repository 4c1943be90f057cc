"""A sweep, from its YAML file to finished runs."""

from ganlab.sweeps.engines.local import LocalEngine
from ganlab.sweeps.launch import Result, launch
from ganlab.sweeps.messages import print_closing, print_plan
from ganlab.sweeps.plan import Plan, make_plan
from ganlab.sweeps.reproduce import reproduce
from ganlab.sweeps.schema import Sweep, load_sweep

__all__ = [
    "LocalEngine",
    "Plan",
    "Result",
    "Sweep",
    "launch",
    "load_sweep",
    "make_plan",
    "print_closing",
    "print_plan",
    "reproduce",
]
