"""Families of values, as data: a door, a building, a network, a mailbox pattern, a block of phone numbers.

A family is one more thing that accounts may share, beside the exact identifiers and never instead of them:
what is left of a value when that part goes which costs nothing to change. A new one is a record here and a
function in graph/families.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.model.kinds import Comparison, IdentifierKind, Normaliser


@dataclass(frozen=True, slots=True)
class Family:
    """comparison: of the kinds whose values it groups. name: behind the name of the kind (`address_door`).
    trust_share, words: as of IdentifierKind."""

    comparison: Comparison
    name: str
    trust_share: float
    words: str


# Of one comparison from the finest to the coarsest; what is in one finer family is in one coarser.
FAMILIES: tuple[Family, ...] = (
    Family(Comparison.ADDRESS, "door", 0.6, "same door, however written"),
    Family(Comparison.ADDRESS, "building", 0.1, "same building"),
    Family(Comparison.IP, "network", 0.02, "same network"),
    Family(Comparison.EMAIL, "pattern", 0.05, "same letters in the mailbox"),
    Family(Comparison.PHONE, "block", 0.02, "same block of phone numbers"),
)


def families_of(comparison: Comparison) -> tuple[Family, ...]:
    return tuple(family for family in FAMILIES if family.comparison is comparison)


def family_kinds(kind: IdentifierKind) -> tuple[IdentifierKind, ...]:
    """The kinds of a kind's families, from the finest."""
    return tuple(
        IdentifierKind(
            f"{kind.name}_{family.name}", Normaliser.EXACT, family.trust_share,
            f"{kind.label}{family.name.capitalize()}", f"{kind.relationship}_{family.name.upper()}",
            family.words, nature=kind.nature,
        )
        for family in families_of(kind.comparison)
    )  # fmt: skip
