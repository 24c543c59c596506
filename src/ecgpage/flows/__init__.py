"""One story per workflow."""
