"""The style sheet of the graph for Neo4j Browser (GraSS), derived from the declared kinds.

A node has several labels, and where several rules fit it Browser takes what the last one says: so what it is
comes first, and what is known of it last. Meaning never hangs on colour alone: it stands in labels, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.model.graph_schema import (
    ACCOUNT,
    ENFORCED,
    EVIDENCE,
    HIGH_RISK,
    IDENTIFIER,
    KNOWN_BAD,
    KNOWN_GOOD,
    MEMBER_OF,
    OUTSIDER,
    PAID,
    PAYMENT,
    PLAN,
    PROPOSES,
    RESEMBLES,
    RING,
    RUN,
    TIED_TO,
    TOUCHES,
)
from graphrisk.model.kinds import KindSet
from graphrisk.report.style import kind_style


@dataclass(frozen=True, slots=True)
class NodeStyle:
    """diameter: pixels; of an account 50. Those of identifiers and rings have room for a whole caption."""

    label: str
    colour: str
    border: str
    diameter: int


_WHAT_IT_IS = (
    NodeStyle(IDENTIFIER, "#667085", "#475467", 64),
    NodeStyle(ACCOUNT, "#d9a441", "#a87a22", 50),
    NodeStyle(PAYMENT, "#98a2b3", "#667085", 30),
    NodeStyle(RUN, "#475467", "#1d2433", 40),
    NodeStyle(PLAN, "#1d2433", "#000000", 120),
    NodeStyle(RING, "#5b2a86", "#32104f", 110),
)
_WHAT_IS_KNOWN = (
    NodeStyle(OUTSIDER, "#c4cad4", "#98a2b3", 40),
    NodeStyle(KNOWN_GOOD, "#2e8b57", "#1c5a38", 50),
    NodeStyle(HIGH_RISK, "#e0632f", "#a3421a", 60),
    NodeStyle(KNOWN_BAD, "#a60f20", "#5e0610", 65),
)
# Type, colour, width in pixels, what stands on the line: nothing where each member has one to the same node
_RELATIONSHIPS = (
    (PAID, "#98a2b3", 1, "'<type>'"),
    (MEMBER_OF, "#c9b3dd", 1, "''"),
    (EVIDENCE, "#e0632f", 2, "'<type>'"),
    (TIED_TO, "#5b2a86", 2, "'<type>'"),
    (RESEMBLES, "#a60f20", 2, "'<type>'"),
    (PROPOSES, "#475467", 1, "'{tier}'"),
    (TOUCHES, "#5b2a86", 1, "''"),
)


def render_grass(kinds: KindSet) -> str:
    """One rule for every label, and for the relationships that stand out. No comments: Browser would take
    them for a part of the next selector. The kinds must have passed model.graph_schema."""
    of_kinds = tuple(
        NodeStyle(kind.label, kind_style(kind.name).colour, "#1d2433", 64) for kind in kinds.kinds
    )
    rules = [
        _rule("node", color="#a5abb6", diameter="50px", caption="'{caption}'", **_TEXT),
        _rule("relationship", color="#a5abb6", caption="'<type>'", **_LINE),
    ]
    rules += map(_node_rule, (*_WHAT_IT_IS, *of_kinds, *_WHAT_IS_KNOWN))
    rules.append(_rule(f"node.{ENFORCED}", caption="'{caption}'", **_RIM))
    rules += (
        _rule(f"relationship.{name}", color=colour, shaft_width=f"{width}px", caption=caption)
        for name, colour, width, caption in _RELATIONSHIPS
    )
    return "\n".join(rules)


_TEXT = {
    "border_color": "#9aa1ac",
    "border_width": "2px",
    "text_color_internal": "#ffffff",
    "font_size": "10px",
}
# Round whatever colour says what is known of an account: something is done about it
_RIM = {"border_color": "#1d2433", "border_width": "8px"}
_LINE = {
    "shaft_width": "1px",
    "font_size": "8px",
    "padding": "3px",
    "text_color_external": "#1d2433",
    "text_color_internal": "#ffffff",
}


def _node_rule(style: NodeStyle) -> str:
    return _rule(
        f"node.{style.label}",
        color=style.colour,
        border_color=style.border,
        diameter=f"{style.diameter}px",
        caption="'{caption}'",
    )


def _rule(selector: str, **properties: str) -> str:
    lines = (f"  {name.replace('_', '-')}: {value};" for name, value in properties.items())
    return "\n".join((f"{selector} {{", *lines, "}", ""))
