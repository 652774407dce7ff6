"""Findings in words."""

from __future__ import annotations

from small_worlds import shared_links, world_of

from graphrisk.detect.ties import RingTie
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.words import describe_ties

LINKS = shared_links(world_of(20, {"device": [range(4)], "instrument": [(0, 9), (1, 9), (2, 9)]}))


def test_a_tie_names_what_tells_most_and_counts_the_rest() -> None:
    ties = (RingTie(0, 1, 3.0, (0,), (7,)), RingTie(0, 2, 9.0, (1, 2, 3), (7, 8)))
    cards = [f"same payment instrument id-000{at} (2 accounts ever)" for at in (1, 2, 3)]
    assert describe_ties(ties, LINKS, BUILT_IN_KINDS, {7: "shop", 8: "stall"}) == [
        "same device id-0000 (4 accounts ever) and payments to shop",
        f"{', '.join(cards)} and 2 more",
    ]


def test_without_ties_there_is_nothing_to_say() -> None:
    assert describe_ties((), LINKS, BUILT_IN_KINDS, {}) == []
