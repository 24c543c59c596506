"""Anything into HTML and PNG; the only room that draws."""

from ecgpage.report.curves import draw_curves

__all__ = ["draw_curves"]
