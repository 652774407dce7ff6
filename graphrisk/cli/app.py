"""The command `graphrisk`: its commands, one by one, and the one place where errors become exit codes.

0 done                   5 workspace busy, try again later     10 not everything delivered, try again
1 another failure        6 Neo4j refuses                       130 interrupted
2 configuration, flags   7 Neo4j away or busy, try again later 141 the reader of a pipe left
3 input tables           8 enforcement refused
4 not found              9 tampered with
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup

from graphrisk.cli import (
    INTERRUPTED,
    account,
    audit,
    audit_scan,
    detect,
    enforce,
    evaluate,
    export,
    identifiers,
    judge,
    load,
    neo4j,
    ring_names,
    rings,
    run,
    simulate,
)
from graphrisk.errors import ConfigError, GraphriskError, printable

BROKEN_PIPE = 141


class Commands(TyperGroup):
    """The commands, run so that an expected failure ends in a sentence and an exit code."""

    def invoke(self, ctx: typer.Context) -> None:  # type: ignore[override]  # typer's base class takes its private type
        with _failures_become_exit_codes(show_traceback=bool(ctx.params.get("debug"))):
            super().invoke(ctx)
            sys.stdout.flush()


app = typer.Typer(
    name="graphrisk",
    cls=Commands,
    help="Finds fraud rings in a marketplace's tables, names and scores them, and says why.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"graphrisk {version('graphrisk')}\n")
        raise typer.Exit


@app.callback()
def begin(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of expected errors, too.")
    ] = False,
) -> None:
    del show_version, debug  # the first has its own callback, the second is read by Commands.invoke


# One line for each command module, in the order in which --help shows them
simulate.register(app)
load.register(app)
detect.register(app)
run.register(app)
rings.register(app)
ring_names.register(rings.group)
account.register(app)
identifiers.register(app)
judge.register(app)
export.register(app)
enforce.register(app)
audit.register(app)
audit_scan.register(audit.group)
evaluate.register(app)
neo4j.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. An unexpected error is a bug and keeps its traceback."""
    _settle_streams()
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        _refuse_what_is_no_text(words)
        app(args=words, prog_name="graphrisk")
    except ConfigError as failure:
        _tell(failure)
        return failure.exit_code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    return 0


@contextmanager
def _failures_become_exit_codes(*, show_traceback: bool) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit complains
        raise typer.Exit(BROKEN_PIPE) from None
    except (GraphriskError, OSError) as failure:
        if show_traceback:
            traceback.print_exc()
        _tell(failure)
        raise typer.Exit(getattr(failure, "exit_code", GraphriskError.exit_code)) from None


def _refuse_what_is_no_text(words: Sequence[str]) -> None:
    """No table, and no file of ours, holds a text of half a character, so that no database takes it."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise ConfigError("not UTF-8", where="the command line", value=word) from error


def _tell(failure: Exception) -> None:
    sys.stderr.write("".join(printable(line) + "\n" for line in f"error: {failure}".splitlines()))


def _settle_streams() -> None:
    """What the terminal's encoding lacks is shown as an escape; a closed stream swallows everything."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
