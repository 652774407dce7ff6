"""The command line: one file per command group, each of which parses, calls one flow and renders."""

from graphrisk.cli.app import main

__all__ = ["main"]
