"""Tables as real files, loaded into a real workspace, and what a reader then sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graphrisk.workspace import Workspace

VIEWS = ("known_account", "known_link", "known_payment", "known_label")
State = dict[str, list[tuple[object, ...]]]


def make_workspace(folder: Path, toml: str, files: Mapping[str, str | bytes]) -> Workspace:
    """A workspace whose tables lie in the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "graphrisk.toml").write_text(toml, encoding="utf-8")
    write_files(folder, files)
    return Workspace.open(folder)


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def read_state(workspace: Workspace, *, with_lines: bool = True) -> State:
    """Everything that can be read, in one order. with_lines: the quarantine's files and lines, too."""
    where = "file, line, " if with_lines else ""
    queries = {view: f"SELECT * FROM {view}" for view in VIEWS}
    queries["quarantine"] = f"SELECT table_name, {where}column_name, value, reason FROM quarantine"
    queries["account_trait"] = """SELECT k.account_id, t.name, t.number, t.word
        FROM account_trait t JOIN account_key k ON k.account_key = t.account_key"""
    with workspace.reading() as connection:
        found = {name: connection.execute(query).fetchall() for name, query in queries.items()}
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def read_quarantine(workspace: Workspace) -> list[tuple[object, ...]]:
    """line, column, value cut to 20 characters, reason."""
    with workspace.reading() as connection:
        return connection.execute(
            "SELECT line, column_name, left(value, 20), reason FROM quarantine ORDER BY ALL"
        ).fetchall()
