"""The page about the playbook and the style for Neo4j Browser, derived from the questions and the kinds.

`python -m graphrisk.cli.browser_files .` writes docs/playbook.md and cypher/browser/graphrisk.grass anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.report.grass import render_grass
from graphrisk.report.playbook_page import render_playbook_page
from graphrisk.stores.neo4j.playbook import read_playbook

PAGE, STYLE = "docs/playbook.md", "cypher/browser/graphrisk.grass"


def render_files() -> dict[str, str]:
    """By the path in the project."""
    return {PAGE: render_playbook_page(read_playbook()), STYLE: render_grass(BUILT_IN_KINDS)}


if __name__ == "__main__":
    for name, text in render_files().items():
        Path(sys.argv[1], name).write_text(text, encoding="utf-8")
