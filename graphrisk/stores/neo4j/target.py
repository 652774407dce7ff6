"""Which server, which database, who: without the driver, which takes half a second to import."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Neo4jTarget:
    """Where the graph is. The password is shown nowhere, `repr` included."""

    uri: str
    user: str
    database: str
    password: str = field(repr=False)
