"""Statements of reasons tell an account what holds and why, and nothing of anybody else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaged import AT, HOSTILE, REASON, approve, behave, make_ground, make_package, make_row, share

from graphrisk.enforce.dsa import ALWAYS, DSA_DECISIONS, draft_statement, takes_away
from graphrisk.enforce.package import dsa_lines, statement_lines
from graphrisk.enforce.statements import (
    MOST_FACTS,
    NOTICE,
    OPERATION_WORDS,
    PURPOSE_WORDS,
    SOURCE_WORDS,
    TIER_WORDS,
    Occasion,
    say_probability,
    state_reasons,
    tell_facts,
    tell_facts_in_public,
)
from graphrisk.model.enforcement import TIERS, Evidence, Operation, Purpose, Source, Tier

APPLIED = Occasion("PKG-X", Purpose.APPLY, AT, "Write to us.", (approve(),))
PUID = re.compile(r"[a-zA-Z0-9-_]{1,500}")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def test_there_are_words_for_every_tier_operation_purpose_and_source() -> None:
    assert [each.tier for each in TIER_WORDS] == list(TIERS)
    assert set(OPERATION_WORDS) == set(Operation)
    assert {each.purpose for each in PURPOSE_WORDS} == set(Purpose)
    assert set(SOURCE_WORDS) == set(Source)


def test_the_statement_says_what_from_when_until_when_why_by_whom_and_how_to_object() -> None:
    row = make_row("a", Tier.SUSPEND)
    ground = make_ground(row, share(others=3), share(identifier="dev-2", others=7), behave(kind="losses"))
    told = state_reasons([row], ground, replace(APPLIED, approvals=(approve(rings=("RING-A",)), approve())))
    text = (
        "From 2026-11-26 12:00 UTC: the account is suspended.\n"
        "This ends by itself on 2026-12-26 12:00 UTC.\n"
        f"{REASON}\n"
        "We take this account for one of a ring: several accounts that one party appears to run."
        " We estimate that this is so with 97 % probability (between 93 % and 99 %).\n"
        "The facts: device: 2 shared with 7 others of the ring at most; as the plan says it\n"
        "This was found by automated means. 2 people approved it, of whom 1 had the facts about this account"
        " or its ring open.\n"
        "How to object: Write to us."
    )
    assert told.text == text
    assert told.is_by_person
    assert told.is_told


def test_no_end_is_said_to_be_none() -> None:
    assert "no end by itself" in state_reasons([make_row("a", until_at=None)], None, APPLIED).text


def test_nothing_is_told_to_be_certain() -> None:
    told = [say_probability(share) for share in (0.0, 0.004, 0.01, 0.5, 0.99, 0.9951, 1.0)]
    assert told == ["under 1 %", "under 1 %", "1 %", "50 %", "99 %", "over 99 %", "over 99 %"]


def test_an_estimate_without_an_interval_is_no_probability_and_is_not_told() -> None:
    row = make_row("a")
    ground = make_ground(row, share(), risk_low=0.97, risk_high=0.97)
    assert "probability" not in state_reasons([row], ground, APPLIED).text
    assert "probability" in state_reasons([row], make_ground(row, share()), APPLIED).text


def test_one_thing_is_shared_with_so_many_others() -> None:
    assert tell_facts([share(others=1)]) == "device: 1 shared with 1 other of the ring"
    assert tell_facts([share(others=1_200)]) == "device: 1 shared with 1,200 others of the ring"


def test_what_does_not_count_is_not_held_against_anybody() -> None:
    assert tell_facts([share(counts=False)]) == ""
    assert "device" not in tell_facts_in_public([share(counts=False)])


@pytest.mark.parametrize(
    ("approvals", "words", "automation"),
    [
        ((), "no person decided", "AUTOMATED_DECISION_FULLY"),
        ((approve(rings=("RING-B",)),), "of whom 0 had", "AUTOMATED_DECISION_FULLY"),
        ((approve(rings=("RING-A",)),), "1 person approved it, of whom 1", "AUTOMATED_DECISION_PARTIALLY"),
        ((approve(subjects=("s61",)),), "of whom 1", "AUTOMATED_DECISION_PARTIALLY"),
    ],
)
def test_only_who_had_the_facts_open_decided_about_the_account(
    approvals: tuple[object, ...], words: str, automation: str
) -> None:
    row = make_row("a")
    occasion = replace(APPLIED, approvals=approvals)  # type: ignore[arg-type]
    assert row.subject == "s61"
    assert words in state_reasons([row], None, occasion).text
    assert draft_statement(row, None, occasion)["automated_decision"] == automation


def test_a_lift_is_told_as_one_and_needs_no_facts() -> None:
    row = make_row("a", Tier.BAN, operation=Operation.LIFT, state_after=None)
    text = state_reasons([row], make_ground(row, share()), replace(APPLIED, purpose=Purpose.OVERTURN)).text
    assert "An objection to an earlier decision was upheld." in text
    assert "No longer in force: the account is closed." in text
    assert "The facts" not in text
    assert not takes_away(row.operation, row.tier)


@pytest.mark.parametrize(
    ("left", "words", "may_object"),
    [
        (None, "Nothing else is in force.", False),
        (Tier.RESTRICT, "Still in force: coupons and payouts", True),
    ],
)
def test_after_a_lift_it_is_said_what_is_left(left: Tier | None, words: str, may_object: bool) -> None:
    row = make_row("a", Tier.BAN, operation=Operation.LIFT, state_after=left)
    text = state_reasons([row], None, replace(APPLIED, purpose=Purpose.EXPIRE, approvals=())).text
    assert words in text
    assert ("How to object" in text) == may_object
    assert "found by" not in text
    assert "no person decided" in text


def test_what_a_plan_lifts_is_told_with_the_reason_of_the_plan() -> None:
    row = make_row("a", operation=Operation.LIFT, reason="It is borne out no longer.")
    assert state_reasons([row], None, APPLIED).text.startswith("It is borne out no longer.\n")
    taken_back = state_reasons([row], None, replace(APPLIED, purpose=Purpose.REVERT)).text
    assert taken_back.startswith("An earlier decision was taken back.\n")
    assert "borne out" not in taken_back


def test_marks_and_reviews_are_kept_and_not_sent() -> None:
    told = {tier: state_reasons([make_row("a", tier)], None, APPLIED).is_told for tier in TIERS}
    assert [tier for tier, is_told in told.items() if not is_told] == [Tier.MONITOR, Tier.REVIEW]


def test_all_that_happens_to_an_account_is_in_its_one_statement() -> None:
    rows = (make_row("a", Tier.RESTRICT, operation=Operation.LIFT), make_row("a", Tier.SUSPEND))
    package = replace(make_package(()), rows=rows)
    lines = [json.loads(line) for line in statement_lines(package)]
    assert [sorted(each["action_ids"]) for each in lines] == [sorted(row.action_id for row in rows)]
    assert "No longer in force: coupons" in lines[0]["text"]
    assert "the account is suspended" in lines[0]["text"]


@given(
    st.lists(
        st.builds(
            Evidence, st.sampled_from(Source), st.text(max_size=400), st.text(max_size=20),
            st.integers(0, 10**6), st.integers(0, 10**6), st.booleans(), st.text(max_size=2_000),
        ),
        max_size=60,
    )
)  # fmt: skip
def test_facts_fit_into_their_field_on_one_line_that_can_be_printed(evidence: list[Evidence]) -> None:
    for told in (tell_facts(evidence), tell_facts_in_public(evidence)):
        assert len(told) <= MOST_FACTS
        assert told.isprintable()


def test_what_is_left_out_for_room_is_counted() -> None:
    told = tell_facts([share(f"kind_{at:03}" + "x" * 280) for at in range(100)])
    left = re.search(r"and (\d+) more$", told)
    assert left is not None
    assert told.count("shared with") + int(left[1]) == 100


def test_no_identifier_and_no_other_account_is_in_any_statement() -> None:
    row = make_row("acc-own")
    ground = make_ground(row, share(identifier="IDENTIFIER-4711"), share("card", "CARD-0815"))
    package = replace(make_package(()), rows=(row,), grounds=(ground,))
    texts = "".join((*statement_lines(package), *dsa_lines(package)))
    assert "4711" not in texts
    assert "0815" not in texts


def test_the_public_draft_does_not_name_the_account_nor_tell_its_own_words() -> None:
    row = make_row("acc-own")
    package = replace(make_package(()), rows=(row,), grounds=(make_ground(row, behave("SECRET", "losses")),))
    (line,) = dsa_lines(package)
    assert "acc-own" not in line
    assert row.subject not in line
    assert "SECRET" not in line
    assert "SECRET" in next(statement_lines(package))


@pytest.mark.parametrize("lines", [statement_lines, dsa_lines])
def test_every_line_says_that_it_is_a_draft_in_ascii_whatever_the_data_says(lines: object) -> None:
    found = list(lines(make_package()))  # type: ignore[operator]
    assert found
    for line in found:
        assert line.isascii()
        assert line.isprintable()
        assert json.loads(line)["notice"] == NOTICE


def test_there_is_one_statement_for_each_account_and_one_draft_for_each_restriction() -> None:
    package = make_package()
    assert [json.loads(line)["account_id"] for line in statement_lines(package)] == sorted(HOSTILE)
    assert len(list(dsa_lines(package))) == sum(row.tier in list(TIERS)[3:] for row in package.rows)


@pytest.mark.parametrize("tier", [each.tier for each in DSA_DECISIONS])
@pytest.mark.parametrize("until_days", [None, -1, 0, 30])
def test_a_draft_fits_the_database(tier: Tier, until_days: int | None) -> None:
    until_at = None if until_days is None else AT + timedelta(days=until_days)
    row = make_row("a", tier, until_at=until_at, reason="x" * 5_000)
    fields = draft_statement(row, make_ground(row, share(), behave()), APPLIED)
    decisions = {"decision_visibility", "decision_monetary", "decision_provision", "decision_account"}
    assert fields.keys() & decisions
    assert isinstance(fields.get("decision_visibility", []), list)
    wanted = {
        "decision_facts": MOST_FACTS, "incompatible_content_ground": 500,
        "incompatible_content_explanation": 2_000, "puid": 500, "content_type_other": 500,
    }  # fmt: skip
    assert all(0 < len(fields[name]) <= most for name, most in wanted.items())
    assert set(ALWAYS) <= fields.keys()
    assert PUID.fullmatch(str(fields["puid"]))
    assert fields["territorial_scope"] == ["DE"]
    ends = [value for name, value in fields.items() if name.startswith("end_date")]
    assert bool(ends) == (until_at is not None)
    for day in (fields["content_date"], fields["application_date"], *ends):
        assert DAY.fullmatch(str(day))
        assert str(day) >= str(fields["content_date"])
    assert all(str(day) >= str(fields["application_date"]) for day in ends)


def test_a_market_that_is_no_country_of_the_union_is_left_out() -> None:
    row = make_row("a")
    for market in (None, "de", "US", "<b>"):
        assert "territorial_scope" not in draft_statement(row, make_ground(row, market=market), APPLIED)
