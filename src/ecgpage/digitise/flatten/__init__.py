"""From the picture of a page to a flat sheet, by the grid: paper, perspective, bends."""
