"""Pages into records, or a refusal with its reason."""
