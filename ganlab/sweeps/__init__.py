"""A sweep, from its YAML file to finished runs."""

from ganlab.sweeps.launch import Result, launch, plan_of_failed, prepare, record
from ganlab.sweeps.messages import print_closing, print_commands, print_plan
from ganlab.sweeps.parts import launch_all
from ganlab.sweeps.plan import Plan
from ganlab.sweeps.reproduce import reproduce
from ganlab.sweeps.schema import Sweep, load_sweep

__all__ = [
    "Plan",
    "Result",
    "Sweep",
    "launch",
    "launch_all",
    "load_sweep",
    "plan_of_failed",
    "prepare",
    "print_closing",
    "print_commands",
    "print_plan",
    "record",
    "reproduce",
]
