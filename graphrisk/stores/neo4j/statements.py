"""The Cypher statements: one per file under cypher/, never put together from data.

A file is valid Cypher as it stands. Where a statement serves every kind of node or link, it has the names as
escaped placeholders,

    MATCH (a:Account)-[l:`{relationship}`]->(i:`{label}`) ...

and `fill` puts the declared names in: plain names from the vocabulary or from graphrisk.toml, escaped again.
Values travel as parameters, and only so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_PLACEHOLDER = re.compile(r"`\{([a-z_]+)\}`")


@dataclass(frozen=True, slots=True)
class Statement:
    """name: `write/merge_rings`, for error messages. text: what the server gets."""

    name: str
    text: str

    def fill(self, **names: str) -> Statement:
        """The placeholders replaced by `names`, each escaped. Raises ValueError if they do not match."""
        wanted = set(_PLACEHOLDER.findall(self.text))
        if wanted != set(names):
            raise ValueError(f"{self.name} wants {sorted(wanted)}, was given {sorted(names)}")
        return Statement(self.name, _PLACEHOLDER.sub(lambda found: escaped(names[found[1]]), self.text))


def escaped(name: str) -> str:
    """`name` as a Cypher name in backticks, whatever it contains. Raises ValueError where it is empty or
    holds a character that no name needs: Cypher reads \\u0060 as a backtick, too."""
    if not name or "\\" in name or not name.isprintable():
        raise ValueError(f"no name for Cypher: {name!r}")
    return "`" + name.replace("`", "``") + "`"


@cache
def read_statement(name: str) -> Statement:
    """The statement in cypher/NAME.cypher without its comment lines, e.g. `write/merge_rings`."""
    text = (cypher_folder() / f"{name}.cypher").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    return Statement(name, "\n".join(lines).strip().removesuffix(";"))


@cache
def cypher_folder() -> Traversable:
    """Inside the wheel under _data, in a checkout beside the package."""
    packaged = files("graphrisk") / "_data" / "cypher"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "cypher"
