"""A plan's picture is the same bytes for the same plan, safe whatever the data says, and does not overlap."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import pytest
from enforced_shop import BEGAN, DONE_ROWS, ENDS, plan_row
from handmade_shop import FORMULA, MARKUP
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrisk.model.enforcement import Bucket, Evidence, PlanRow, Source, Tier
from graphrisk.report.plan_drawing import DRAWN_ACCOUNT_COUNT, PlanPicture, draw_plan
from graphrisk.report.plan_panels import place_panels
from graphrisk.report.plan_svg import render_plan_svg

SVG = "{http://www.w3.org/2000/svg}"
KNOWN = {"svg", "title", "rect", "text", "line", "g", "circle", "path"}


def picture(*rows: PlanRow) -> PlanPicture:
    return PlanPicture("P-DONE", "run-new", "ann", BEGAN, ENDS, rows)


def account(number: int, *identifiers: str, ring_id: str = "RING-A", bucket: Bucket = Bucket.NEW) -> PlanRow:
    """identifiers: `device D1`, with ! before those that do not count."""
    tier = Tier.SUSPEND if bucket in (Bucket.NEW, Bucket.ESCALATED) else None
    shared = []
    for each in identifiers:
        kind, identifier = each.lstrip("!").split(" ", 1)
        shared.append(Evidence(Source.DEVICE, kind, identifier, 9, 3, not each.startswith("!"), "said"))
    return replace(
        plan_row(f"acc{number}", bucket, tier, ring_id=ring_id), evidence=tuple(shared), reasons="because"
    )


def root_of(*rows: PlanRow) -> ET.Element:
    return ET.fromstring(render_plan_svg(picture(*rows)))


def texts_of(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def accounts_of(root: ET.Element) -> list[ET.Element]:
    """Their circles, without those of the legend, which stand about an origin of their own."""
    return [c for c in root.iter(f"{SVG}circle") if c.get("cx") != "0.0"]


def titles_of(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}title")]


def test_the_plan_of_the_hand_made_shop_is_drawn_as_worked_out() -> None:
    """Eight accounts, two panels, one mark in each; of RING-ALPHA one, of RING-HOSTILE three stand apart."""
    root = root_of(*DONE_ROWS)
    texts = texts_of(root)
    assert texts[:2] == [
        "P-DONE · 4 accounts acted on · 4 blocked · 2 rings",
        "P-DONE, made 2026-03-01 12:00 UTC by ann of run-new, to be applied before 2026-03-31 12:00",
    ]
    assert [text for text in texts if text.startswith("RING-")] == [
        "RING-ALPHA · score 0.90", "RING-HOSTILE · score 0.40",
    ]  # fmt: skip
    assert "4 accounts: 2 new, 1 escalated, 1 blocked" in texts
    assert texts.count("device") == texts.count("3 of 3 accounts") + texts.count("4 of 4 accounts") == 2
    fills = [circle.get("fill") for circle in accounts_of(root)]
    assert sorted(fills.count(fill) for fill in set(fills)) == [1, 3, 4]  # escalated, new, blocked
    # The numbers of tiers: monitor is the first, suspend the fifth (also for the blocked), ban the sixth
    assert [texts.count(number) for number in ("1", "5", "6")] == [1 + 1, 6 + 1, 1 + 1]
    assert "acc3: blocked, nothing -> nothing, suspend is blocked by hub, " + FORMULA in "\n".join(
        titles_of(root)
    )
    lines = list(root.iter(f"{SVG}line"))
    assert len(lines) == 8


def test_those_who_are_blocked_stand_below_the_others_of_their_ring() -> None:
    (panel,) = draw_plan(
        [account(1, "device D"), account(2, "device D"), account(3, bucket=Bucket.BLOCKED)]
    ).panels
    (placed,) = place_panels([panel], ["RING-A"], 74.0)
    assert placed.apart_y is not None
    assert placed.points[:2, 1].max() < placed.apart_y < placed.points[2, 1]
    assert [row.account_id for row in panel.rows[panel.apart :]] == ["acc3"]


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 41, 130])
def test_each_account_is_one_circle_inside_of_the_picture(count: int) -> None:
    rows = [account(n, f"device D{n // 3}", ring_id=f"RING-{n // 20}") for n in range(count)]
    root = root_of(*rows)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    circles = accounts_of(root)
    assert len(circles) == count
    assert all(0 < float(c.get("cx", 0)) < width and 0 < float(c.get("cy", 0)) < height for c in circles)


def test_panels_do_not_cross_and_hold_what_is_theirs() -> None:
    rows = [
        account(n, f"device D{n // 4}", "phone P1", ring_id=f"RING-{n % 7}", bucket=list(Bucket)[n % 5])
        for n in range(90)
    ]
    drawing = draw_plan(rows)
    placed = place_panels(drawing.panels, ["a title"] * len(drawing.panels), 74.0)
    for one in placed:
        assert (one.points >= [one.x, one.y]).all()
        assert (one.points <= [one.x + one.width, one.y + one.height]).all()
    for a, b in combinations(placed, 2):
        beside = a.x + a.width <= b.x or b.x + b.width <= a.x
        assert beside or a.y + a.height <= b.y or b.y + b.height <= a.y


def test_order_of_rows_and_evidence_changes_nothing() -> None:
    rows = [account(n, f"device D{n // 3}", f"phone P{n % 2}", "!ip I") for n in range(12)]
    turned = [replace(row, evidence=row.evidence[::-1]) for row in rows[::-1]]
    assert render_plan_svg(picture(*turned)) == render_plan_svg(picture(*rows))


TEXTS = st.text(min_size=1, max_size=20)


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=4, unique=True), TEXTS, TEXTS)
def test_whatever_the_data_says_the_picture_is_well_formed_and_holds_no_foreign_element(
    names: list[str], word: str, other: str
) -> None:
    shared = (Evidence(Source.OTHER, word, other, 2, 2, True, word),)
    rows = [
        replace(
            account(0), account_id=name, subject=name, ring_id=other, reasons=word, blocked_by=(other,),
            evidence=shared,
        )
        for name in names
    ]  # fmt: skip
    plan = replace(picture(*rows), plan_id=word, run_id=other, planned_by=word)
    root = ET.fromstring(render_plan_svg(plan).encode())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= KNOWN
    assert len(accounts_of(root)) == len(names)


def test_hostile_texts_of_a_plan_are_texts() -> None:
    svg = render_plan_svg(
        replace(picture(*DONE_ROWS), planned_by="</svg><script>attacked=1</script>\x1b[2J\u202e")
    )
    assert "<script" not in svg
    assert not {"\x1b", "\u202e"} & set(svg)
    assert any(MARKUP in title for title in titles_of(ET.fromstring(svg)))


def test_the_picture_names_nothing_outside_of_itself() -> None:
    svg = render_plan_svg(picture(*DONE_ROWS))
    for element in ET.fromstring(svg).iter():
        assert not {name for name in element.attrib if "href" in name or name.startswith("on")}
    assert "url(" not in svg
    assert svg.count("http") == 1  # its own name space


def test_identifiers_that_the_same_accounts_hold_are_one_mark_and_what_one_alone_holds_is_none() -> None:
    rows = [
        account(1, "device D1", "device D2", "phone P1", "!ip I"),
        account(2, "device D1", "device D2", "phone P1", "!ip I"),
        account(3, "phone P1", "card C9"),
    ]
    marks = draw_plan(rows).panels[0].marks
    assert [(mark.kind, mark.identifiers, mark.rows, mark.counts) for mark in marks] == [
        ("device", ("D1", "D2"), (0, 1), True),
        ("ip", ("I",), (0, 1), False),
        ("phone", ("P1",), (0, 1, 2), True),
    ]
    root = root_of(*rows)
    assert "2 × device" in texts_of(root)
    assert sum(line.get("stroke-dasharray") is not None for line in root.iter(f"{SVG}line")) == 2
    assert "does not count as evidence" in texts_of(root)


def test_of_a_huge_plan_whole_rings_are_drawn_and_the_picture_says_how_many_are_not() -> None:
    rows = [account(n, ring_id=f"RING-{n % 4}") for n in range(480)]
    drawing = draw_plan(rows)
    assert [len(panel.rows) for panel in drawing.panels] == [120, 120]
    assert (drawing.left_out_count, drawing.left_out_ring_count) == (240, 2)
    assert "Not drawn: 240 accounts of 2 rings" in texts_of(root_of(*rows))
    one = [account(n) for n in range(DRAWN_ACCOUNT_COUNT + 1)]
    assert "Not drawn: 1 account of 1 ring" in texts_of(root_of(*one))


def test_an_erased_account_is_drawn_by_its_token() -> None:
    erased = replace(account(1), account_id=None, subject="qwertyuiopasdfghjklzxcvbnm", evidence=())
    root = root_of(erased)
    assert "qwertyu…xcvbnm" in texts_of(root)
    assert any("(erased)" in title for title in titles_of(root))


def test_the_legend_explains_what_is_drawn_and_nothing_else() -> None:
    texts = texts_of(root_of(account(1), replace(account(2), is_canary=True)))
    assert {"new", "goes first, on trial", "suspend"} <= set(texts)
    assert not {
        "escalated",
        "is lifted",
        "blocked by a guardrail",
        "monitor",
        "does not count as evidence",
    } & set(texts)
