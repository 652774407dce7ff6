"""The page about the graph in Neo4j and its picture, derived from the built-in kinds.

`python -m graphrisk.cli.graph_schema docs` writes docs/schema.md and docs/images/schema.svg anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphrisk.model.graph_schema import graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.report.graph_schema_page import render_schema_page
from graphrisk.report.graph_schema_svg import render_schema_svg

PAGE, PICTURE = "schema.md", "images/schema.svg"


def render_files() -> dict[str, str]:
    """What belongs into a folder of documentation, by the path in it."""
    schema = graph_schema(BUILT_IN_KINDS)
    return {PAGE: render_schema_page(schema, PICTURE), PICTURE: render_schema_svg(schema)}


if __name__ == "__main__":
    for name, text in render_files().items():
        Path(sys.argv[1], name).write_text(text, encoding="utf-8")
