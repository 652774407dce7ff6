"""Links from a workspace into Neo4j Browser. Nothing is connected for them."""

from __future__ import annotations

from graphrisk.flows.play import choose_question, fill_values
from graphrisk.report.browser_script import edit_link, filled_statement
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.workspace.graph_server import find_browser
from graphrisk.workspace.session import Workspace

RING_QUESTION = "ring_with_evidence"


def ring_link(shop: Workspace, ring_id: str) -> str | None:
    """Opens Browser with the question for the ring's picture in its editor; None where the workspace names no
    server. The pushed graph shows the latest run: a ring of an older one may not be there."""
    address = find_browser(shop.config.sections)
    if address is None:
        return None
    question = choose_question(read_playbook(), RING_QUESTION)
    return edit_link(address, filled_statement(question, fill_values(question, {"ring_id": ring_id})))
