"""`graphrisk evaluate` over a workspace whose run was written by hand."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from small_shop import MAP_LABELS

from graphrisk.cli.app import main
from graphrisk.model import tables
from graphrisk.stores.duckdb.connection import open_database
from graphrisk.workspace.session import Workspace

# a and j are known at the run's as-of; b is reported later, c is no verdict at all
LABELS = """id,label,at
a,fraud,2024-01-01
b,fraud,2024-12-01
c,unknown,2024-01-01
j,ok,2024-01-02
"""
RISKS = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.1, "g": 0.6, "h": 0.1, "i": 0.1, "j": 0.1}
MEMBERS = {"RING-1": "abcg", "RING-2": "hij"}


def insert(connection: object, table: str, schema: pa.Schema, rows: list[dict[str, object]]) -> None:
    blank = {f.name: "" if f.type == pa.string() else 0 for f in schema}
    filled = pa.Table.from_pylist([blank | row for row in rows], schema=schema)  # noqa: F841 - DuckDB reads it by name
    connection.execute(f"INSERT INTO {table} SELECT 'run-1', * FROM filled")  # type: ignore[attr-defined]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "graphrisk.toml").write_text(MAP_LABELS, encoding="utf-8")
    (shop / "labels.csv").write_text(LABELS, encoding="utf-8")
    workspace = Workspace.open(shop)
    workspace.load()
    with open_database(workspace.database) as connection:
        as_of = datetime(2024, 6, 1)  # noqa: DTZ001 - naive UTC throughout
        run = ["run-1", as_of, as_of, "{}", "digest", 1, "{}", "{}", "{}", 0]
        connection.execute(f"INSERT INTO run VALUES ({', '.join('?' * len(run))})", run)
        scores = [{"ring_id": "RING-1", "score": 0.9}, {"ring_id": "RING-2", "score": 0.2}]
        insert(connection, "ring", tables.RING, scores)
        members = [{"ring_id": r, "account_id": a} for r, ring in MEMBERS.items() for a in ring]
        insert(connection, "ring_member", tables.RING_MEMBER, members)
        risks = [{"account_id": a, "risk": risk} for a, risk in RISKS.items()]
        insert(connection, "account_risk", tables.ACCOUNT_RISK, risks)
    truth = tmp_path / "truth"
    truth.mkdir()
    rows = "".join(f"t1,{a},device_farm\n" for a in "abcd")
    (truth / "ring_members.csv").write_text("ring_id,account_id,typology\n" + rows, encoding="utf-8")
    return shop


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["evaluate", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_json_is_one_document_with_the_measures(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unlabelled at as-of: bad b c d, innocents g h i. AP = (1 + 1 + 3/6) / 3, AUROC = (3 + 3 + 1) / 9."""
    code, out, err = run(
        capsys, "--truth", str(shop.parent / "truth"), "-w", str(shop), "--json", "--k", "1", "--draws", "50"
    )
    document = json.loads(out)
    measures = document["measures"]
    assert (code, err) == (0, "")
    assert document["counts"]["accounts_labelled"] == 2
    assert measures["account_ap"]["value"] == pytest.approx((1 + 1 + 3 / 6) / 3)
    assert measures["account_auroc"]["value"] == pytest.approx(7 / 9)
    assert measures["bcubed_recall"]["value"] == pytest.approx((3 * 3 / 4 + 1 / 4) / 4)
    assert measures["precision_at_1"]["value"] == 1
    assert measures["innocents_swept"]["value"] == 4
    assert document["typologies"]["device_farm"]["ring_recall"]["value"] == 1
    assert sum(row["count"] for row in document["reliability"]["account_ece_equal_width"]) == 6
    assert [row["share"] for row in document["reliability"]["ring_ece_equal_width"]] == [0, 1]


def test_a_pipe_gets_plain_text_with_every_measure(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--truth", str(shop.parent / "truth"), "-w", str(shop), "--draws", "20")
    assert code == 0
    assert "\x1b" not in out
    for words in (
        "ECE",
        "Brier",
        "By typology",
        "device_farm",
        "B-cubed F1",
        "pairwise F1",
        "of the 50 best rings",
        "AUROC",
        "per 1,000 innocents",
    ):
        assert words in out


def test_the_same_seed_prints_the_same_intervals(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--truth", str(shop.parent / "truth"), "-w", str(shop), "--json", "--draws", "50")
    assert run(capsys, *arguments) == run(capsys, *arguments)
    assert run(capsys, *arguments) != run(capsys, *arguments, "--seed", "1")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--truth", "absent.csv"], 4),
        (["--truth", "TRUTH", "--run", "no-such-run"], 4),
        (["--truth", "TRUTH", "--k", "0"], 2),
        (["--truth", "TRUTH", "--k", "ten"], 2),
        (["--truth", "TRUTH", "--account-column", "address"], 3),
    ],
)
def test_expected_failures_have_their_exit_code_and_no_traceback(
    shop: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    told = [str(shop.parent / "truth") if a == "TRUTH" else a for a in arguments]
    got, out, err = run(capsys, *told, "-w", str(shop))
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_a_page_shows_every_figure_and_needs_no_other_file(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = shop.parent / "truth" / "ring_members.csv"
    hostile = "t2,h,<script>alert(1)</script> $x^$ \u202e\nt2,i,\n"
    members.write_text(members.read_text(encoding="utf-8") + hostile, encoding="utf-8")
    page = shop.parent / "report.html"
    arguments = ("--truth", str(members.parent), "-w", str(shop), "--draws", "20", "--html", str(page))
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "B-cubed F1" in out
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; $x^$ \\u202e" in text
    assert 'src="http' not in text
    stems = ("reliability", "ring-reliability", "precision-recall", "precision-at-k", "typologies")
    assert text.count("data:image/png;base64,") == len(stems)
    pictures = [page.with_name(f"report-{stem}.png").read_bytes() for stem in stems]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert run(capsys, *arguments)[0] == 0
    assert pictures == [page.with_name(f"report-{stem}.png").read_bytes() for stem in stems]


def test_without_matplotlib_a_page_is_refused_with_the_remedy(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = shop.parent / "report.html"
    code, out, err = run(capsys, "--truth", str(shop.parent / "truth"), "-w", str(shop), "--html", str(page))
    assert (code, out) == (2, "")
    assert "pip install 'graphrisk[plots]'" in err
    assert not page.exists()
