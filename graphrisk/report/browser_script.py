"""Text for the editor of Neo4j Browser, and links that open Browser with it.

Values become Cypher literals here, because a person is to read and change them: nothing that graphrisk itself
sends to a server is made so. Browser shows no picture for several statements at once, so a question that is
filled in is one statement, without `:param` lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from graphrisk.model.questions import Question, QuestionValue

# Characters that mean nothing anywhere between a link and the server: not in Cypher, nor in Browser's own
# commands, nor in how it takes its address apart (it decodes it first, and looks for & and # afterwards).
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.:@/")
_USED = re.compile(r"\$([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class BrowserAddress:
    """url: where Browser is, `http://localhost:7474/browser/`. server: what it should connect to, with the
    user in it but never a password."""

    url: str
    server: str
    database: str


def cypher_literal(value: QuestionValue) -> str:
    """`value` as Cypher, in printable ASCII. In a text everything but plain characters is escaped: quotes and
    backslashes by a backslash, because Cypher 5 reads `\\u0027` as a quote that ends the text; the rest
    as UTF-16 units."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + "".join(c if c in _PLAIN else _escaped(c) for c in value) + "'"


def param_lines(question: Question, values: Mapping[str, QuestionValue]) -> str:
    """Browser's commands that set the question's parameters."""
    lines = (f":param {each.name} => {cypher_literal(values[each.name])};" for each in question.parameters)
    return "\n".join(lines)


def filled_statement(question: Question, values: Mapping[str, QuestionValue]) -> str:
    """The question's statement under its title, with values where parameters were."""
    text = _USED.sub(lambda found: cypher_literal(values[found[1]]), question.statement)
    return f"// {question.title}\n{text}"


def edit_link(address: BrowserAddress, text: str) -> str:
    """Opens Browser with `text` in its editor, not run yet. Raises ValueError for a text with & or #, at
    which Browser would cut it off."""
    if cut := re.search("[&#]", text):
        raise ValueError(f"Browser would cut the text off at {cut[0]}")
    parts = {"dbms": address.server, "db": address.database, "cmd": "edit", "arg": text}
    return f"{address.url}?{urlencode(parts, quote_via=quote, safe='')}"


def _escaped(character: str) -> str:
    if character in "'\\":
        return "\\" + character
    units = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
