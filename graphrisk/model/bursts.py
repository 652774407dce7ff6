"""Crowds that came to a busy thing at once, as one more thing that accounts share."""

from __future__ import annotations

from graphrisk.model.kinds import IdentifierKind, Normaliser

BURST = "burst"  # behind the name of the kind (`ip_burst`)
BURST_HOURS = 2
# A burst is several times what chance sends there: of its accounts so many came for one reason.
_TOGETHER_SHARE = 0.75


def burst_kind(kind: IdentifierKind) -> IdentifierKind:
    return IdentifierKind(
        f"{kind.name}_{BURST}", Normaliser.EXACT, _TOGETHER_SHARE * kind.trust_share,
        f"{kind.label}{BURST.capitalize()}", f"{kind.relationship}_{BURST.upper()}",
        f"{kind.words} within the same two hours", nature=kind.nature,
    )  # fmt: skip
