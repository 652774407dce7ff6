"""The installed command: a ring that a parcel locker made falls apart when the locker is rejected, and comes
back, bit for bit, when that is withdrawn."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from judged import HOUR, NOON, account
from locker_shop import CREW, LOCKER, REJECT_LOCKER, RENTERS, command, results, rings, told

from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import JUDGED_SIGNAL, Judgement, RingState, Ruling, Subject, Target
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.workspace import Workspace


@pytest.fixture
def shop(locker_as_made: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(locker_as_made, tmp_path / "shop"))


@pytest.mark.slow
def test_a_rejected_locker_frees_who_it_held_until_that_is_withdrawn(shop: Workspace) -> None:
    first = shop.latest()
    before = results(first)
    assert any(set(RENTERS) <= ring for ring in rings(first))

    # At once: everybody who hung on it, in the run of before
    judged = told(shop, *REJECT_LOCKER)
    assert judged["judgement"]["judged_by"] == "eve"
    assert judged["run_id"] == first.run_id
    held = {each["account_id"]: each["holds_it"] for each in judged["held"]}
    assert set(RENTERS) <= {name for name, holds in held.items() if holds}
    assert set(held) == {name for ring in rings(first) if set(RENTERS) & ring for name in ring}

    # The next run, and every later one, remember
    for _ in range(2):
        assert command(shop, "detect", "--workers", "1").returncode == 0
        second = shop.latest()
        assert second.run_id != first.run_id
        assert second.record.input_digest != first.record.input_digest
        assert all(not set(RENTERS) & ring for ring in rings(second))
        assert any(set(CREW) <= ring for ring in rings(second))
        assert "harbour" not in json.dumps(second.arrow("evidence").to_pylist()).lower()
        (stood,) = second.arrow("judgement_held").to_pylist()
        assert (stood["judged_by"], stood["reason"], stood["effect"]) == (
            "eve",
            "a parcel locker",
            "ties nobody",
        )
    asked = command(shop, "account", "renter0")
    assert "rejected by eve" in asked.stdout
    assert "a parcel locker; ties nobody" in asked.stdout
    links = told(shop, "account", "renter0")["identifiers"]
    assert any(each["kind"] == "address" for each in links)  # it stays in the data

    # As of before it was said, nobody knew; the run has the name and the content that it had
    old = shop.detect(as_of=first.record.as_of, workers=1)
    assert old.run_id == first.run_id
    assert results(old) == before

    name = judged["judgement"]["judgement_id"]
    assert command(shop, "judge", "withdraw", name[:10], "--why", "mistook the street").returncode == 0
    assert command(shop, "detect", "--workers", "1").returncode == 0
    third = shop.latest()
    assert third.record.as_of > first.record.as_of
    assert results(third) == before
    assert len(shop.judgements()) == 2  # nothing was deleted


def test_unsure_is_shown_and_moves_no_number(shop: Workspace) -> None:
    before = results(shop.latest())
    assert (
        command(shop, "judge", "identifier", "unsure", "address", LOCKER, "--why", "ask Kim").returncode == 0
    )
    run = shop.detect(workers=1)
    after = results(run)
    assert after.pop("judgement_held")["effect"].to_pylist() == ["a remark: changes no number"]
    before.pop("judgement_held")
    assert after == before
    ring = next(row["ring_id"] for row in before["ring_member"].to_pylist() if row["account_id"] == "renter0")
    assert "left open by eve" in command(shop, "rings", "explain", ring).stdout


def test_a_rejected_ring_falls_apart_and_nobody_is_called_good(shop: Workspace) -> None:
    (name,) = {
        row["ring_id"]
        for row in shop.latest().arrow("ring_member").to_pylist()
        if row["account_id"] in RENTERS
    }
    judged = told(shop, "judge", "ring", "reject", name[:9], "--why", "they rent lockers")
    assert {each["account_id"] for each in judged["held"]} >= set(RENTERS)
    run = shop.detect(workers=1)
    assert all(len(set(RENTERS) & ring) <= 1 for ring in rings(run))
    assert run.arrow("judged_label").num_rows == 0
    assert "keeps its members apart" in command(shop, "account", "renter1").stdout


def test_a_confirmed_ring_labels_its_core(shop: Workspace) -> None:
    (name,) = {
        row["ring_id"]
        for row in shop.latest().arrow("ring_member").to_pylist()
        if row["account_id"] == "crew3"
    }
    core = {
        row["account_id"]
        for row in shop.latest().arrow("ring_member").to_pylist()
        if row["ring_id"] == name and row["role"] == "core"
    }
    assert command(shop, "judge", "ring", "confirm", name, "--why", "all ship to one flat").returncode == 0
    run = shop.detect(workers=1)
    labels = run.arrow("judged_label").to_pylist()
    assert {(row["account_id"], row["verdict"]) for row in labels} == {(each, "bad") for each in core}
    assert dict(run.record.counts)["labelled_bad"] == len(core)
    shown = told(shop, "account", sorted(core)[0])
    assert [each["reason"] for each in shown["labels"]] == [f"{name} confirmed by eve: all ship to one flat"]


def test_a_judged_accounts_own_risk_does_not_hear_of_its_own_verdict(shop: Workspace) -> None:
    risks = []
    for ruling in (Ruling.CONFIRM, Ruling.REJECT):
        judgement = shop.judge(JudgeOrder(account("crew0"), ruling, "eve", "looked at")).judgement
        rows = shop.detect(workers=1).arrow("account_risk").to_pylist()
        risks.append({row["account_id"]: row["risk"] for row in rows})
        shop.judge(
            JudgeOrder(
                Target(Subject.JUDGEMENT, withdraws=judgement.judgement_id), Ruling.WITHDRAW, "eve", "-"
            )
        )
    assert risks[0]["crew0"] == risks[1]["crew0"]
    assert risks[0]["crew1"] > risks[1]["crew1"]


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("account", "confirm", "crow0", "--why", "x"), 4, "did you mean crew0"),
        (
            ("identifier", "reject", "address", "12 Harbour Raod, San Pedro, 90731", "--why", "x"),
            4,
            "did you mean",
        ),
        (("identifier", "reject", "adress", LOCKER, "--why", "x"), 2, "unknown kind"),
        (("link", "reject", "loner00", "device", "farm", "--why", "x"), 4, "never used this device"),
        (("account", "confirm", "crew0", "--why", ""), 2, "by whom and why"),
        (("account", "confirm", "crew0", "--why", "x", "--until", "2020-01-01"), 2, "expires after"),
        (("account", "confirm", "crew0", "--why", "x", "--at", "2999-01-01"), 2, "in the future"),
        (("account", "confirm", "crew0", "--why", "x", "--at", "soon"), 2, "not a time"),
        (("account", "perhaps", "crew0", "--why", "x"), 2, "perhaps"),
        (("account", "confirm", "crew0"), 2, "--why"),
        (("withdraw", "J-NOPE", "--why", "x"), 4, "no such judgement"),
        (("import", "nowhere.csv"), 4, "no such file"),
    ],
)
def test_a_judgement_that_makes_no_sense_is_a_sentence_and_a_code(
    shop: Workspace, arguments: tuple[str, ...], code: int, what: str
) -> None:
    done = command(shop, "judge", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.judgements() == ()


def test_thirty_judged_rings_move_the_score_of_others_as_far_as_was_known(shop: Workspace) -> None:
    """Of rings that scored like this one none was confirmed."""
    first = shop.latest()
    (base,) = {row["score"] for row in first.arrow("ring").to_pylist() if row["size"] >= 5}
    state = RingState(first.run_id, first.record.as_of, "company", 0.0, ("x",), ())
    judged = []
    for at in range(30):
        is_ring = at % 4 == 0
        ring = replace(state, core=(f"x{at}",), odds=at % 3 + (0.0 if is_ring else -2.0))
        ruling = Ruling.CONFIRM if is_ring else Ruling.REJECT
        target = Target(Subject.RING, ring_id=f"RING-{at}")
        judged.append(Judgement(target, ruling, "eve", NOON + at * HOUR, "looked at", None, ring))
    with shop.writing() as connection:
        JudgementStore(connection).add_judgements(judged)
    scores = {}
    for hours in (28, 29):  # one judgement short, and all of them
        run = shop.detect(as_of=NOON + hours * HOUR, workers=1)
        signals = run.arrow("ring_signal").to_pylist()
        assert any(row["signal"] == JUDGED_SIGNAL for row in signals) == (hours == 29)
        (scores[hours],) = {row["score"] for row in run.arrow("ring").to_pylist() if row["size"] >= 5}
    assert scores[28] == base
    assert scores[29] < base
    words = {row["words"] for row in signals if row["signal"] == JUDGED_SIGNAL}
    assert words == {"8 of 30 judged rings were confirmed"}
