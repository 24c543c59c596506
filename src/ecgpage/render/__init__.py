"""Records into pages with exactly known truth."""
