"""A W&B server on the loopback interface, for the real client to write to and to read from.

It stores what clients send and answers from that alone. It proves how we use the client, not how the real
server behaves. What it does not know fails loudly.
"""

from wandb_stand_in.server import Outage, WandbStandIn

__all__ = ["Outage", "WandbStandIn"]
