"""State that outlives a run: labels, ledgers, models."""
