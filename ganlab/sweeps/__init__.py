"""A sweep, from its YAML file to finished runs."""

from ganlab.sweeps.launch import Result, launch, plan_on_this_machine
from ganlab.sweeps.messages import print_closing, print_plan
from ganlab.sweeps.plan import Plan
from ganlab.sweeps.reproduce import reproduce
from ganlab.sweeps.schema import Sweep, load_sweep

__all__ = [
    "Plan",
    "Result",
    "Sweep",
    "launch",
    "load_sweep",
    "plan_on_this_machine",
    "print_closing",
    "print_plan",
    "reproduce",
]
