"""The kinds that nobody declares: families of values, and levels of likeness. They have no table and no node
in Neo4j, but explanations name them."""

from __future__ import annotations

from graphrisk.model.families import family_kinds
from graphrisk.model.kinds import KindSet
from graphrisk.model.likeness import level_kinds


def with_derived(kinds: KindSet) -> KindSet:
    """The kinds with all that are derived from them; a declared kind keeps its name."""
    made = (each for kind in kinds.kinds for each in (*family_kinds(kind), *level_kinds(kind)))
    return KindSet.of((*made, *kinds.kinds))
