"""Anything into HTML and PNG; the only room that draws."""

from ecgpage.report.curves import draw_curves
from ecgpage.report.tune import draw_study

__all__ = ["draw_curves", "draw_study"]
