"""Every exception that graphrisk raises on purpose, drawn on one page.

    GraphriskError                 exit code 1
      ConfigError                  2   graphrisk.toml, a flag or a mapping is wrong: mend it, then try again
      InputError                   3   the tables are wrong: mend them (or raise max_bad_share), try again
        TooManyBadRowsError        3
      NotFoundError                4   no such ring, account, run or workspace
      WorkspaceBusyError           5   somebody else uses the workspace: the same call may succeed later
      GraphServerError             6   Neo4j refuses: password, rights, version, schema, a full disk
        GraphServerBusyError       7   Neo4j cannot be reached, or not now: the same call may succeed later
      EnforcementRefusedError      8   a guardrail, a missing approval, a void plan, the kill switch
      TamperedError                9   a ledger, a package or a key is not what it was when it was written
      DeliveryError               10   not everything was delivered: the same call goes on from there

Each carries what a person needs at three in the morning: what, where, the value seen, what was allowed,
and what to do now. Text that came from data is shown through `visible`, so that no terminal obeys it.
"""

from __future__ import annotations


class GraphriskError(Exception):
    """An expected failure. `exit_code` is what the command line returns; `retryable` says whether the same
    call may succeed later."""

    exit_code = 1
    retryable = False

    def __init__(self, what: str, *, where: str = "", value: str | None = None, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.value = value
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.value is not None:
            text += f" (saw {visible(self.value)})"
        if self.remedy:
            text += f"\n  -> {self.remedy}"
        return text


class ConfigError(GraphriskError):
    """The configuration, the mapping or a flag cannot be used as it stands."""

    exit_code = 2


class InputError(GraphriskError):
    """A table cannot be read as the mapping says. Nothing of that table was written."""

    exit_code = 3


class TooManyBadRowsError(InputError):
    """More rows went to quarantine than `max_bad_share` allows. Nothing of that table was written."""


class NotFoundError(GraphriskError):
    """What was asked for does not exist in this workspace."""

    exit_code = 4


class WorkspaceBusyError(GraphriskError):
    """Another process holds the workspace's database open: to write, or to read while we would write."""

    exit_code = 5
    retryable = True


class GraphServerError(GraphriskError):
    """The Neo4j server refused, and will refuse again until somebody mends what it names."""

    exit_code = 6


class GraphServerBusyError(GraphServerError):
    """The Neo4j server cannot be reached, lost the connection, or had no time or memory for it."""

    exit_code = 7
    retryable = True


class EnforcementRefusedError(GraphriskError):
    """Nothing was done: what was asked for is against the policy, or is no longer what was approved."""

    exit_code = 8


class TamperedError(GraphriskError):
    """What was signed or chained has been changed since. Nothing may be done on its ground."""

    exit_code = 9


class DeliveryError(GraphriskError):
    """A receiver did not take everything. What it took is on record and is not sent again."""

    exit_code = 10
    retryable = True


def visible(text: str, limit: int = 120) -> str:
    """`text` in quotes with every control, bidirectional and unprintable character escaped, cut to `limit`
    characters.

    Use it wherever a value that came from data reaches a terminal, a log or an error message.
    """
    cut = text if len(text) <= limit else text[:limit] + "…"
    return "'" + "".join(c if c.isprintable() and c not in "'\\" else _escaped(c) for c in cut) + "'"


def printable(text: str) -> str:
    """`text` on one line, escaped as by `visible` but for quotes and backslashes, which stay as they are."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return "\\" + character if character in "'\\" else character.encode("unicode_escape").decode("ascii")
