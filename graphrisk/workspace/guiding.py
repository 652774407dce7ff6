"""Wires the playbook and a workspace to the guide for Neo4j Browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from graphrisk.errors import NotFoundError, WorkspaceBusyError
from graphrisk.flows.answer import RingChoice
from graphrisk.model.graph_schema import node_id
from graphrisk.model.questions import QuestionValue
from graphrisk.report.browser_guide import GuideContent, GuideFile, guide_files
from graphrisk.stores.file_set import write_files
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.workspace.config import CONFIG_NAME
from graphrisk.workspace.graph_server import find_browser, read_declared
from graphrisk.workspace.pushing import declared_schema
from graphrisk.workspace.session import Workspace


def make_guide(folder: Path, address: str | None = None) -> tuple[GuideFile, ...]:
    """For the kinds and the best rings of the workspace in `folder`; without one, for the built-in kinds and
    made-up names. address: see report.browser_guide.GuideContent. Raises ConfigError."""
    kinds, _ = read_declared(folder)
    declared_schema(kinds)  # their labels are names that a style sheet may hold
    return guide_files(GuideContent(read_playbook(), kinds, _examples(folder), address))


def write_guide(folder: Path, out: Path) -> tuple[str, ...]:
    """The names of the files written. Raises ConfigError."""
    files = {file.name: file.content for file in make_guide(folder)}
    write_files(out, files)
    return tuple(files)


def find_browser_origin(folder: Path) -> str | None:
    """Where the pages of the workspace's Neo4j Browser come from, as a web browser says it."""
    browser = find_browser(read_declared(folder)[1])
    if browser is None:
        return None
    parts = urlsplit(browser.url)
    return f"{parts.scheme}://{parts.netloc}"


def _examples(folder: Path) -> dict[str, QuestionValue]:
    """The ring with the best score, and two of its members."""
    if not (folder / CONFIG_NAME).exists():
        return {}
    try:
        run = Workspace.open(folder).latest()
        rings = run.find_rings(RingChoice(1, 2))
        if not rings:
            return {}
        members = run.ring(rings[0].ring_id).dossier.members
    except (NotFoundError, WorkspaceBusyError):
        return {}
    return {
        "ring_id": rings[0].ring_id,
        "account_id": node_id(members[0].account_id),
        "other_account_id": node_id(members[-1].account_id),
    }
