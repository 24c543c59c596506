"""The command line: parse, call one flow, print, exit."""

from ecgpage.cli.main import main

__all__ = ["main"]
