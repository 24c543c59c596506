"""Pages and people into judgements."""
