"""A ring in text: everybody once by name, what tells most first, no line too wide."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from graphrisk.model.findings import MemberFinding, RingDossier, RingFinding, SharedIdentifier
from graphrisk.model.rings import MemberRole
from graphrisk.report.ring_text import LEAST_WIDTH, render_ring_text


def ring_of(size: int, shares: list[SharedIdentifier], prefix: str = "acc") -> RingDossier:
    members = tuple(
        MemberFinding(
            f"{prefix}{at:03d}", MemberRole.CORE, 0.5, 1.0, 0.9, 8.0, "as told", None if at else "edge"
        )
        for at in range(size)
    )
    ring = RingFinding("RING-A", 0.9, size, size, 0, 0, "identity", 0, None, None, None, "because")
    return RingDossier("run-1", ring, members, (), tuple(shares), (), 1000)


def share(a: int, b: int, identifier: str, bits: float = 8.0, held: int = 5, kind: str = "device"):
    return SharedIdentifier(f"acc{a:03d}", f"acc{b:03d}", kind, identifier, held, min(held, 5), bits, 0.9)


@pytest.mark.parametrize("size", [1, 5, 150])
@pytest.mark.parametrize("width", [LEAST_WIDTH, 80, 132])
def test_everybody_is_named_once_and_no_line_is_too_wide(size: int, width: int) -> None:
    chain = [share(at, at + 1, f"D{at // 10}") for at in range(size - 1)]
    text = render_ring_text(ring_of(size, chain), width)
    assert all(text.count(f" acc{at:03d}*") == 1 for at in range(size))
    assert max(map(cell_len, text.splitlines())) <= width


def test_a_ring_of_150_that_shares_fifteen_things_takes_60_lines() -> None:
    chain = [share(at, at + 1, f"D{at // 10}") for at in range(149)]
    assert len(render_ring_text(ring_of(150, chain), 132).splitlines()) <= 60


def test_what_tells_most_stands_first_and_a_hub_last_without_its_members() -> None:
    shares = [
        share(0, 1, "wifi", 20.0, held=900, kind="ip"), share(1, 2, "weak", 2.0), share(0, 2, "strong", 9.0),
    ]  # fmt: skip
    text = render_ring_text(ring_of(3, shares), 80)
    assert text.index("strong") < text.index("weak") < text.index("wifi")
    assert text.splitlines()[-2] == "└─ 2 members; too many others hold it to say much"


def test_who_is_not_for_automatic_action_is_marked() -> None:
    text = render_ring_text(ring_of(2, [share(0, 1, "D")]), 80)
    assert "acc000*!" in text
    assert "acc001* " in text


def test_no_name_reaches_the_terminal_as_a_command() -> None:
    wipe = "\x1b[2J\u202e漢字" * 20
    dossier = ring_of(3, [share(0, 1, wipe)], prefix="acc")
    text = render_ring_text(dossier, 60)
    assert re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text) is None
    assert max(map(cell_len, text.splitlines())) <= 60


def test_a_ring_without_evidence_still_names_its_members() -> None:
    assert "acc001" in render_ring_text(ring_of(2, []), 80)
