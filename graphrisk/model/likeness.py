"""How near two values that are not equal may be, as data: the levels of each comparison (model/kinds.py).

Level 0 is equality; then come these, from the nearest; behind the last of them two values differ. What each
level says is learned from the data (graph/trust.py); the shares here are where learning starts, and all there
is where there are few pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.model.kinds import Comparison, IdentifierKind, Normaliser


@dataclass(frozen=True, slots=True)
class Level:
    """match_share: of pairs of one operator that are as near as this, among those that both have a value,
    before anything is learned."""

    comparison: Comparison
    name: str
    words: str
    match_share: float


LEVELS: tuple[Level, ...] = (
    Level(Comparison.NAME, "slip", "a slip apart", 0.12),
    Level(Comparison.NAME, "near", "written much alike", 0.05),
    Level(Comparison.DATE, "slip", "a slip apart", 0.10),
    Level(Comparison.DATE, "near", "two slips apart", 0.03),
    Level(Comparison.DIGITS, "slip", "a slip apart", 0.08),
    Level(Comparison.DIGITS, "near", "two slips apart", 0.02),
    Level(Comparison.TEXT, "slip", "a slip apart", 0.12),
    Level(Comparison.TEXT, "near", "mostly the same words", 0.06),
)


def levels_of(comparison: Comparison) -> tuple[Level, ...]:
    return tuple(level for level in LEVELS if level.comparison is comparison)


DIFFERS = "other"  # behind the last level


def level_kinds(kind: IdentifierKind) -> tuple[IdentifierKind, ...]:
    """A kind for each level behind equality, and for differing: what an explanation calls such an
    agreement."""
    levels = levels_of(kind.comparison)
    if not levels:
        return ()
    noun = kind.words.removeprefix("same ")
    said = [*((level.name, f"{noun} {level.words}") for level in levels), (DIFFERS, f"another {noun}")]
    return tuple(
        IdentifierKind(
            f"{kind.name}_{name}", Normaliser.EXACT, kind.trust_share, f"{kind.label}{name.capitalize()}",
            f"{kind.relationship}_{name.upper()}", words,
        )
        for name, words in said
    )  # fmt: skip
