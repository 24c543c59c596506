"""Rows of traces: found, followed through crossings, drawn inside the pixel, and ended."""
