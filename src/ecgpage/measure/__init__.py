"""Records into waves, measurements and statements."""
