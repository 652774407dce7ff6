"""The installed command against the hand-made shop: exit codes, pipes, JSON, and names that attack."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade_shop import AS_OF, BIDI, FORMULA, HOSTILE, MARKUP, SCREEN_WIPE, SQL

from graphrisk.cli.app import main
from graphrisk.errors import NotFoundError
from graphrisk.workspace import Workspace

COMMAND = [sys.executable, "-m", "graphrisk"]


def ask(shop: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments, "--workspace", str(shop)],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture
def told(shop_as_made: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the command line in this process; returns its exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--workspace", str(shop_as_made)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


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


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_ring_is_drawn_in_the_width_of_the_terminal(told, width: str, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for ring, accounts in (("alpha", ["acc1", "acc2", "acc3", "acc4"]), ("host", ["[bold red]"])):
        code, out, err = told("rings", "draw", ring)
        assert (code, err) == (0, "")
        assert max(map(len, out.splitlines())) <= int(width)
        assert all(account in out for account in accounts)
        assert re.search(r"[^\n -~\u00a1-\u2100\u2190-\u2193\u2500-\u257f]", out) is None


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


def test_debug_shows_the_traceback_of_an_expected_failure(
    shop_as_made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = subprocess.run(
        [*COMMAND, "--debug", "rings", "show", "x", "-w", str(shop_as_made)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 4
    assert "Traceback" in asked.stderr


def test_a_folder_that_is_no_workspace_is_not_found(tmp_path: Path) -> None:
    assert main(["rings", "list", "-w", str(tmp_path / "absent")]) == 4
    assert main(["rings", "list", "-w", str(tmp_path)]) == 2  # a folder without graphrisk.toml


def test_a_busy_workspace_is_its_own_exit_code(shop: Workspace) -> None:
    with shop.writing():
        asked = ask(shop.folder, "rings", "list")
    assert asked.returncode == 5
    assert "another process" in asked.stderr


def test_a_reader_that_leaves_early_is_no_error_message(shop: Workspace) -> None:
    with shop.writing() as connection:
        connection.execute(
            "INSERT INTO account_risk"
            " SELECT 'run-new', 'filler' || i, 0.01, NULL, NULL, 0, NULL, 'none' FROM range(200000) t(i)"
        )
    export = f"{' '.join(COMMAND)} export accounts --format csv --out - -w '{shop.folder}'"
    line = f"{export} | head -1; echo ${{PIPESTATUS[0]}}"
    asked = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    assert asked.stdout.splitlines() == ['"account_id","risk","risk_low","risk_high"', "141"]
    assert asked.stderr == ""


def test_ctrl_c_ends_with_130_and_no_traceback() -> None:
    waiting = """
import graphrisk.cli.app as a, signal, time, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit it ignored
a.app.command('wait')(lambda: (print('ready', flush=True), time.sleep(30)))
sys.exit(a.main(['wait']))"""
    with subprocess.Popen(
        [sys.executable, "-c", waiting], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "interrupted\n"


def test_a_pipe_gets_no_colours_and_an_escape_for_what_its_encoding_lacks(shop_as_made: Path) -> None:
    asked = ask(shop_as_made, "rings", "explain", "alpha", PYTHONIOENCODING="ascii", FORCE_COLOR="1")
    assert asked.returncode == 0
    assert "\x1b" not in asked.stdout
    assert r"\u2192 acc1" in asked.stdout


def test_a_closed_stdout_is_not_a_crash(shop_as_made: Path) -> None:
    line = f"{' '.join(COMMAND)} rings list -w '{shop_as_made}' >&-"
    asked = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_a_terminal_gets_colours(shop_as_made: Path) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "rings", "list", "-w", str(shop_as_made)],
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm"},
    ) as process:
        os.close(follower)
        seen = b""
        while chunk := _read(leader):
            seen += chunk
        process.wait(timeout=60)
    os.close(leader)
    assert process.returncode == 0
    assert b"\x1b[1m" in seen
    assert b"RING-ALPHA" in seen


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_an_export_has_one_row_per_member_in_every_format(told, form: str, tmp_path: Path) -> None:
    out = tmp_path / f"rings.{form}"
    code, printed, _ = told("export", "rings", "--out", str(out), "--json")
    assert code == 0
    assert json.loads(printed) == {
        "run_id": "run-new", "kind": "rings", "format": form, "out": str(out), "row_count": 8,
    }  # fmt: skip
    rows = _rows(out, form)
    assert list(rows[0]) == [
        "ring_id", "account_id", "ring_score", "innocent", "innocent_bits", "account_risk", "role",
        "closeness", "confidence", "reasons", "not_automatic", "detectors",
    ]  # fmt: skip
    assert {
        (row["innocent"], str(row["innocent_bits"])) for row in rows if row["ring_id"] == "RING-ALPHA"
    } == {("household", "-2.1")}
    names = {row["account_id"] for row in rows if row["ring_id"] == "RING-HOSTILE"}
    disarmed = {"'" + FORMULA, "'; DROP TABLE ring;'--", BIDI, MARKUP}
    assert names == (disarmed if form == "csv" else set(HOSTILE))


def _rows(out: Path, form: str) -> list[dict[str, object]]:
    if form == "parquet":
        return pq.read_table(out).to_pylist()
    text = out.read_text(encoding="utf-8")
    return (
        list(csv.DictReader(io.StringIO(text)))
        if form == "csv"
        else [json.loads(line) for line in text.splitlines()]
    )


def test_every_account_is_exported_with_a_risk_in_0_to_1(told, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    told("export", "accounts", "--out", str(out))
    rows = _rows(out, "csv")
    assert len(rows) == 10
    assert all(0 <= float(str(row["risk"])) <= 1 for row in rows)


def test_a_picture_is_written_where_it_is_wanted(told, tmp_path: Path) -> None:
    code, out, _ = told("rings", "draw", "alpha", "--out", "-")
    assert code == 0
    told("rings", "draw", "alpha", "--out", str(tmp_path / "ring.svg"))
    assert (tmp_path / "ring.svg").read_text(encoding="utf-8") == out
    assert out.startswith("<svg ")


@pytest.mark.parametrize(("name", "said"), [("ring.png", "ends in .svg"), ("nowhere/ring.svg", "folder")])
def test_a_picture_of_another_format_or_in_no_folder_is_refused(
    told, tmp_path: Path, name: str, said: str
) -> None:
    code, out, err = told("rings", "draw", "alpha", "--out", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / name).exists()


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


def test_a_table_of_a_ring_has_its_columns_where_it_has_no_row(shop_as_made: Path) -> None:
    import graphrisk as gr  # noqa: PLC0415

    alpha, hostile = (gr.open(shop_as_made).latest().ring(name) for name in ("alpha", "hostile"))
    assert (len(alpha.labels), len(hostile.labels)) == (1, 0)
    assert list(hostile.labels.columns) == list(alpha.labels.columns)
    assert "other_ring_id" in hostile.ties.columns


def test_what_a_ring_is_like_is_asked_by_any_name_that_it_answers_to(shop: Workspace) -> None:
    match = ["RING-GONE", "run-old", AS_OF, 0.8, 3.0, "same hours"]
    with shop.writing() as connection:
        connection.execute(
            "INSERT INTO ring_likeness VALUES ('run-new', 'RING-ALPHA', ?, ?, ?, ?, ?, ?)", match
        )
    run = shop.latest()
    for name in ("RING-ALPHA", "alp"):
        assert [found.former_ring_id for found in run.likeness(name)] == ["RING-GONE"]
    with pytest.raises(NotFoundError, match="no such ring"):
        run.likeness("RING-NOPE")


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


def test_python_answers_as_the_command_line_does(shop_as_made: Path) -> None:
    import graphrisk as gr  # noqa: PLC0415

    shop = gr.open(shop_as_made)
    run = shop.latest()
    assert run.record.as_of == AS_OF
    assert list(run.rings["ring_id"]) == ["RING-ALPHA", "RING-HOSTILE"]
    assert len(run.members) == 8
    assert len(run.accounts) == 10
    assert run.arrow("ring").num_rows == 2
    assert "&lt;script&gt;" in run.ring("HOST").to_svg()
    assert "<script>" not in run._repr_html_()
    ring = run.ring("RING-ALPHA")
    assert list(ring.members["account_id"]) == ["acc2", "acc1", "acc3", "acc4"]
    assert set(ring.evidence["identifier"]) == {"D1", "C1"}
    assert list(ring.signals["signal"]) == ["surprise", "known_bad"]
    assert list(ring.labels["verdict"]) == ["bad"]
    assert ring._repr_svg_() == ring.to_svg()


def test_a_ring_as_a_network_of_accounts_adds_up_what_two_of_them_share(shop_as_made: Path) -> None:
    network = Workspace.open(shop_as_made).latest().ring("alpha").to_networkx(identifiers=False)
    assert sorted(network) == ["acc1", "acc2", "acc3", "acc4"]
    assert all(told["bits"] > 0 and 0 < told["weight"] < 1 for _, _, told in network.edges(data=True))


def test_a_ring_as_a_network_joins_accounts_through_what_they_share(shop_as_made: Path) -> None:
    network = Workspace.open(shop_as_made).latest().ring("alpha").to_networkx()
    assert network.number_of_nodes() == 6
    assert sorted(network["identifier", "device", "D1"]) == [("account", f"acc{i}") for i in (1, 2, 3)]
    assert network.edges[("account", "acc4"), ("identifier", "instrument", "C1")]["bits"] == 3.02
    assert network.nodes["account", "acc2"]["verdict"] == "bad"
