"""Exit statuses other than 0 (success) and 1 (finished with a finding or a fault)."""

BAD_INPUT = 2
INTERRUPTED = 130
