"""What the commands answer about the hand-made shop, in text and in JSON, and names that attack."""

from __future__ import annotations

import json
import re

import pytest
from handmade_shop import BIDI, FORMULA, HOSTILE, SCREEN_WIPE, SQL

from graphrisk.cli.app import main
from graphrisk.workspace import Workspace

QUESTIONS = [
    ("rings", "list"),
    ("rings", "show", "RING-HOSTILE"),
    ("rings", "explain", "RING-HOSTILE"),
    ("rings", "explain", "alpha", "acc4"),
    ("account", "acc5"),
    ("account", BIDI),
    ("account", FORMULA),
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_in_a_pipe_is_obeyed_by_a_terminal(told, question: tuple[str, ...]) -> None:
    code, out, err = told(*question)
    assert (code, err) == (0, "")
    assert re.search(r"[^\n\t -~\u00a1-\u2100\u2190-\u2193]", out) is None
    assert "\u202e" not in out


@pytest.mark.parametrize("question", QUESTIONS)
def test_json_is_one_document_whatever_the_names(told, question: tuple[str, ...]) -> None:
    code, out, err = told(*question, "--json")
    assert (code, err) == (0, "")
    assert isinstance(json.loads(out), dict)
    assert "\u202e" not in out
    assert "\x1b" not in out


def test_json_carries_names_exactly(told) -> None:
    _, out, _ = told("rings", "show", "host", "--json")
    assert {member["account_id"] for member in json.loads(out)["members"]} == set(HOSTILE)
    _, out, _ = told("account", "acc5", "--json")
    assert json.loads(out)["display_name"] == SCREEN_WIPE


def test_rings_list_is_a_table_that_can_be_cut(told) -> None:
    _, out, _ = told("rings", "list", "--limit", "1")
    header, row = (line.split("\t") for line in out.splitlines())
    assert dict(zip(header, row, strict=True))["ring"] == "RING-ALPHA"
    assert dict(zip(header, row, strict=True))["amount"] == "1,234.50 EUR"


def test_what_else_a_ring_may_be_stands_beside_its_score(told) -> None:
    _, out, _ = told("rings", "list", "--limit", "1")
    header, row = (line.split("\t") for line in out.splitlines())
    assert dict(zip(header, row, strict=True))["innocent"] == "household, 2.1 bits short"
    _, out, _ = told("rings", "show", "alpha")
    lines = out.splitlines()
    assert "household\t-2.1\tfor it: 4 members; against it: charged back" in lines
    _, out, _ = told("rings", "explain", "alpha")
    said = "innocent explanation: household, 2.1 bits short; for it: 4 members; against it: charged back"
    assert out.splitlines()[0] == said
    _, out, _ = told("rings", "explain", "alpha", "--json")
    assert json.loads(out)["innocence"][0]["explanation"] == "household"


def test_a_ring_is_shown_with_its_ties_from_either_side(told) -> None:
    for ring, other in (("alpha", "RING-HOSTILE"), ("host", "RING-ALPHA")):
        _, out, _ = told("rings", "show", ring, "--json")
        (tie,) = json.loads(out)["ties"]
        assert (tie["other_ring_id"], tie["bits"], tie["payee_count"]) == (other, 4.5, 1)
        _, out, _ = told("rings", "show", ring)
        assert any(line.startswith(f"{other}\t4.5\tsame ip") for line in out.splitlines())


def test_money_at_stake_is_told_by_currency_and_kind(told) -> None:
    _, out, _ = told("rings", "show", "alpha")
    lines = out.splitlines()
    assert "payments\tpaid\tcharged back\trefunded\treceived" in lines
    assert "2\t20.00 EUR\t0.00 EUR\t0.00 EUR\t0.00 EUR" in lines
    assert "1\t100 JPY\t100 JPY\t0 JPY\t100 JPY" in lines


def test_an_older_run_can_be_asked(told) -> None:
    _, out, _ = told("rings", "list", "--run", "run-old", "--json")
    assert json.loads(out)["run_id"] == "run-old"


def test_a_path_is_told_hop_by_hop(told) -> None:
    _, out, _ = told("rings", "explain", "alpha", "acc4")
    member, hop, found_by, seeds, barred = out.splitlines()
    assert member == "acc4 (fringe, risk 0.50, confidence 0.62)"
    shared = "same payment instrument C1 as 1 other here; 2 accounts ever, 20 % of the base; 3.0 bits"
    assert hop == f"    acc4 — {shared} → acc3"
    assert found_by == "    found by identity (3.0 bits)"
    assert seeds == f"    belief from labelled accounts: -0.030 from {SQL}"
    assert barred == f"    not for automatic action: at the edge of the ring {FORMULA}"


def test_whom_nothing_should_be_done_to_automatically_is_marked(told) -> None:
    _, out, _ = told("rings", "show", "alpha", "--json")
    marked = {member["account_id"]: member["not_automatic"] for member in json.loads(out)["members"]}
    assert marked == {"acc1": None, "acc2": None, "acc3": None, "acc4": f"at the edge of the ring {FORMULA}"}
    _, out, _ = told("rings", "explain", "alpha", "--json")
    paths = {path["account_id"]: path for path in json.loads(out)["paths"]}
    assert paths["acc1"]["detectors"] == "identity,cash_out"
    assert paths["acc1"]["seeds"] == [{"account_id": "acc1", "seed_id": "acc2", "belief": 0.25}]


@pytest.mark.parametrize(
    ("question", "code", "said"),
    [
        (("rings", "show", "RING-NOPE"), 4, "no such ring"),
        (("rings", "explain", "alpha", "acc5"), 4, "no such account in RING-ALPHA"),
        (("account", "acc\x1b[2J"), 4, r"saw 'acc\x1b[2J'"),
        (("rings", "list", "--run", "nope"), 4, "no such run"),
        (("export", "rings", "--out", "-", "--json"), 2, "both want stdout"),
        (("rings", "list", "--limit", "-1"), 2, "limit"),
        (("rings", "list", "--nope"), 2, "No such option"),
        (("nope",), 2, "No such command"),
    ],
)
def test_an_expected_failure_is_a_sentence_and_a_code(
    told, question: tuple[str, ...], code: int, said: str
) -> None:
    got, out, err = told(*question)
    assert got == code
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert "\x1b" not in err


@pytest.mark.parametrize(
    "question",
    [
        ("rings", "show", "\udcff"),
        ("rings", "history", "\udcff"),
        ("account", "\udcff"),
        ("judge", "account", "confirm", "\udcff", "--why", "seen"),
        ("judge", "identifier", "reject", "device", "\udcff", "--why", "seen"),
    ],
)
def test_an_argument_that_is_no_text_is_refused_and_shown(told, question: tuple[str, ...]) -> None:
    assert told(*question) == (2, "", "error: the command line: not UTF-8 (saw '\\udcff')\n")


@pytest.mark.parametrize("question", [("rings", "list"), ("rings", "history")])
def test_a_list_that_is_cut_says_so(told, question: tuple[str, ...]) -> None:
    for flags in ((), ("--json",)):
        code, out, err = told(*question, "--limit", "1", *flags)
        assert (code, out.count("RING-")) == (0, 1)
        assert err == "there are more than these 1; --limit 0 shows all\n"
    assert told(*question, "--limit", "2")[2] == ""


def test_what_is_contested_is_not_said_to_count(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for verdict, judge in (("confirm", "eve"), ("reject", "kim")):
        words = ["judge", "account", verdict, "acc3", "--by", judge, "--why", "seen", "-w", str(shop.folder)]
        assert main(words) == 0
        said.append(capsys.readouterr().err)
    assert said[0] == "it counts from the next run on: graphrisk detect\n"
    assert "eve said confirm" in said[1]
    assert "it counts" not in said[1]
