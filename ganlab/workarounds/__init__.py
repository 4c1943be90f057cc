"""The one place for private names of torch and wandb, and for what is worked around in them.

Each group says which versions it was tested with, and answers None or `NotAvailable` where a version lacks a name.
"""
