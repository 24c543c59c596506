"""Which lead stands where, told by names, by physics and by what a heart can do."""
