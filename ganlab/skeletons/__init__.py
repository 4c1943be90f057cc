"""Files that `ganlab new` copies: a plugin of each kind, in which ``skeleton`` stands for the user's name."""
