"""The kinds that nobody declares: families of values, bursts, levels of likeness, and looking alike. They
have no table and no node in Neo4j, but explanations name them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrisk.model.bursts import burst_kind
from graphrisk.model.families import family_kinds
from graphrisk.model.kinds import IdentifierKind, KindSet, Normaliser
from graphrisk.model.likeness import level_kinds

# Accounts that were made together and are used alike (graph/look_alikes.py). Its trust is above the
# resolution where company judges, so that looks beyond doubt hold a ring together alone.
LOOK_ALIKE = IdentifierKind(
    "look_alike", Normaliser.EXACT, 0.05, "LookAlike", "LOOKS_LIKE", "made together and used alike"
)


def with_derived(kinds: KindSet) -> KindSet:
    """The kinds with all that are derived from them; a declared kind keeps its name."""
    made = (
        each for kind in kinds.kinds for each in (*family_kinds(kind), burst_kind(kind), *level_kinds(kind))
    )
    return KindSet.of((LOOK_ALIKE, *made, *kinds.kinds))


def base_codes(kinds: KindSet) -> NDArray[np.int64]:
    """[K] the kind that each is derived from, itself where it is declared. kinds: of with_derived."""
    code_of = {name: code for code, name in enumerate(kinds.names())}
    base = np.arange(len(kinds.kinds))
    for code, kind in enumerate(kinds.kinds):
        for derived in (*family_kinds(kind), burst_kind(kind), *level_kinds(kind)):
            if derived.name in code_of:
                base[code_of[derived.name]] = code
    return base
