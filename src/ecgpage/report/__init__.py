"""Anything into HTML and PNG; the only room that draws."""
