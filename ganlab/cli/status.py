"""Exit statuses beyond 0, done, and 1, done with a finding or a fault."""

BAD_INPUT = 2
INTERRUPTED = 130
