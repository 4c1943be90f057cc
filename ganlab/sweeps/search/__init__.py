"""The search of settings: trials of each row on tune seeds, with equal budgets, and the best ones on others."""
