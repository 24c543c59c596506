"""Pages and labels into findings and splits."""
