"""Which pixels the pen has covered, and which are paper, grid, shadow or frame."""
