"""A ring's picture is the same bytes for the same ring, safe whatever the data says, and does not overlap."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrisk.model.findings import KnownLabel, MemberFinding, RingDossier, RingFinding, SharedIdentifier
from graphrisk.model.rings import MemberRole
from graphrisk.model.verdicts import Verdict
from graphrisk.report.drawing import DRAWN_MEMBER_COUNT, draw_ring
from graphrisk.report.layout import place_marks
from graphrisk.report.ring_svg import render_ring_svg
from graphrisk.report.style import risk_colour

SVG = "{http://www.w3.org/2000/svg}"


def ring_of(
    size: int, shares: list[tuple[int, int, str, str, int]], names: list[str] | None = None
) -> RingDossier:
    """shares: (account, via, kind, identifier, account_count)"""
    ids = names or [f"acc{index}" for index in range(size)]
    return RingDossier(
        run_id="run-1",
        ring=RingFinding("RING-A", 0.5, size, size, 0, 0, "components", 0, None, None, None, "because"),
        members=tuple(
            MemberFinding(name, MemberRole.CORE, 0.4, 1.0, 0.5, 10.0, "shares a device") for name in ids
        ),
        signals=(),
        evidence=tuple(
            SharedIdentifier(ids[a], ids[b], kind, identifier, count, 2, 10.0, 0.9)
            for a, b, kind, identifier, count in shares
        ),
        labels=(),
        base_account_count=1000,
    )


def star(size: int) -> RingDossier:
    return ring_of(size, [(index, 0, "device", "D1", size) for index in range(1, size)])


def texts_of(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("size", [0, 1, 2, 5, 40, 41, 150])
def test_each_member_is_one_circle_in_a_well_formed_picture(size: int) -> None:
    root = ET.fromstring(render_ring_svg(star(size)))
    members = [c for c in root.iter(f"{SVG}circle") if c.get("cx") is not None]
    assert len(members) == size
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    assert all(0 < float(c.get("cx", 0)) < width and 0 < float(c.get("cy", 0)) < height for c in members)


def test_order_of_members_and_evidence_changes_nothing() -> None:
    ring = ring_of(6, [(i, i - 1, "device", f"D{i}", 2) for i in range(1, 6)])
    turned = replace(ring, members=ring.members[::-1], evidence=ring.evidence[::-1])
    assert render_ring_svg(turned) == render_ring_svg(ring)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=2, max_size=4, unique=True))
def test_whatever_the_data_says_the_picture_is_well_formed_and_holds_no_foreign_element(
    names: list[str],
) -> None:
    ring = ring_of(len(names), [(1, 0, names[0], names[1], 2)], names)
    root = ET.fromstring(render_ring_svg(ring).encode())
    known = {"svg", "title", "rect", "text", "line", "g", "circle", "path"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known


def test_markup_in_an_id_is_text() -> None:
    svg = render_ring_svg(ring_of(2, [(1, 0, "device", "</svg>", 2)], ["<script>", "a&b\x1b[2J\u202e"]))
    assert "<script>" not in svg
    assert "\x1b" not in svg
    assert "\u202e" not in svg
    assert "<script>" in texts_of(svg)


def test_identifiers_that_the_same_members_share_are_one_mark() -> None:
    shares = [(1, 0, "device", "D1", 2), (1, 0, "device", "D2", 2), (1, 0, "instrument", "C1", 2)]
    marks = draw_ring(ring_of(2, shares)).marks
    assert [(mark.kind, mark.identifiers, mark.bits) for mark in marks] == [
        ("device", ("D1", "D2"), 20.0),
        ("instrument", ("C1",), 10.0),
    ]


def test_busy_identifiers_of_a_kind_are_one_mark_but_the_rings_own_big_one_is_not_busy() -> None:
    shares = [(1, 0, "ip", "I1", 900), (2, 1, "ip", "I2", 4000), (3, 2, "ip", "I3", 5)]
    marks = draw_ring(ring_of(4, shares)).marks
    assert [(mark.identifiers, mark.is_busy, mark.account_count) for mark in marks] == [
        (("I1", "I2"), True, 4000),
        (("I3",), False, 5),
    ]
    own = replace(star(2), evidence=(SharedIdentifier("acc1", "acc0", "device", "D1", 150, 150, 10.0, 0.9),))
    assert not draw_ring(own).marks[0].is_busy


def test_a_known_verdict_is_drawn_and_an_unknown_one_is_not() -> None:
    labels = tuple(KnownLabel(f"acc{i}", verdict, None, None) for i, verdict in enumerate(Verdict))
    assert draw_ring(replace(star(3), labels=labels)).verdicts == (Verdict.BAD, Verdict.GOOD, None)


def test_an_account_that_evidence_names_but_the_ring_lacks_is_left_out() -> None:
    ring = replace(star(3), members=star(3).members[:2])
    assert draw_ring(ring).marks[0].members == (0, 1)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_marks_end_up_apart(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    edges = tuple((int(random.integers(0, i)), i) for i in range(1, count))
    sizes = np.column_stack([random.uniform(8, 60, count), random.uniform(8, 20, count)])
    points = place_marks(edges, sizes, 60.0)
    assert points.shape == (count, 2)
    overlap = np.minimum.reduce(
        [
            sizes[:, None, axis] + sizes[None, :, axis] - abs(points[:, None, axis] - points[None, :, axis])
            for axis in (0, 1)
        ]
    )
    np.fill_diagonal(overlap, 0)
    assert overlap.max() <= 4.0


def test_of_a_huge_ring_the_riskiest_members_are_drawn_and_the_picture_says_so() -> None:
    ring = star(DRAWN_MEMBER_COUNT + 50)
    risky = {f"acc{index}" for index in range(0, 700, 2)}
    members = tuple(replace(m, account_risk=0.9 if m.account_id in risky else 0.1) for m in ring.members)
    drawing = draw_ring(replace(ring, members=members))
    drawn = {member.account_id for member in drawing.members}
    assert len(drawn) == DRAWN_MEMBER_COUNT
    assert {member.account_id for member in members if member.account_risk > 0.5} <= drawn
    assert drawing.left_out_count == 50
    assert "The 300 riskiest members are drawn" in render_ring_svg(ring)


def test_marks_without_any_edge_are_placed_too() -> None:
    assert place_marks((), np.full((3, 2), 10.0), 60.0).shape == (3, 2)
    assert place_marks((), np.zeros((0, 2)), 60.0).shape == (0, 2)


def test_risk_is_darker_the_higher_it_is_and_clamped() -> None:
    brightness = [sum(bytes.fromhex(risk_colour(step / 20)[1:])) for step in range(21)]
    assert brightness == sorted(brightness, reverse=True)
    assert (risk_colour(-1), risk_colour(2)) == (risk_colour(0), risk_colour(1))
