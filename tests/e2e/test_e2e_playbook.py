"""`graphrisk neo4j playbook` before any server is asked, and the link that `rings show` prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from graphrisk.cli.app import main
from graphrisk.stores.neo4j.playbook import read_playbook

PLAYBOOK = read_playbook()
HOSTILE = "it's \x1b[2J \u202e\n'}) DETACH DELETE n //"


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs the command in this process, in a folder without a workspace; exit code, stdout, stderr."""
    for name in ("NEO4J_URI", "NEO4J_PASSWORD", "NEO4J_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_list_names_every_question_and_what_it_needs(told) -> None:
    code, out, err = told("neo4j", "playbook")
    assert (code, err) == (0, "")
    header, *rows = (line.split("\t") for line in out.splitlines())
    assert header == ["question", "asks", "needs", "may be given"]
    assert [row[:2] for row in rows] == [[each.name, each.title] for each in PLAYBOOK]
    assert rows[1][2:] == ["ring_id", "member_limit, limit"]
    told_in_json = json.loads(told("neo4j", "playbook", "--json")[1])["questions"]
    assert [each["name"] for each in told_in_json] == [each.name for each in PLAYBOOK]
    assert told_in_json[1]["parameters"][0] == {
        "name": "ring_id", "type": "text", "default": None, "example": "RING-7K3QX",
        "words": "the ring's name",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "what", "remedy"),
    [
        ("toprings", 4, "the playbook has no such question (saw 'toprings')", "did you mean 01_top_rings?"),
        ("2", 2, "02_ring_with_evidence: `ring_id` is required: the ring's name",
         "--param ring_id=RING-7K3QX"),
        ("1 -p limt=3", 2, "01_top_rings --param: the question has no such parameter (saw 'limt')",
         "did you mean `limit`?"),
        ("1 -p limit=\x1b", 2, "01_top_rings --param limit: expected a whole number (saw '\\x1b')",
         "for example --param limit=25"),
        ("1 -p limit", 2, "--param: expected NAME=VALUE (saw 'limit')", "--param ring_id=RING-7K3QX"),
        ("1", 2, "graphrisk.toml [neo4j]: no password for Neo4j",
         "set NEO4J_PASSWORD, or password_file under [neo4j], or --password-file FILE"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_says_why(
    told, arguments: str, code: int, what: str, remedy: str
) -> None:
    assert told("neo4j", "playbook", *arguments.split(" ")) == (code, "", f"error: {what}\n  -> {remedy}\n")


def test_a_statement_is_shown_for_pasting_and_no_server_is_asked(told) -> None:
    code, out, err = told("neo4j", "playbook", "2", "--show", "-p", f"ring_id={HOSTILE}")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    literal = r"'it\'s \u001b\u005b2J \u202e\u000a\'\u007d\u0029 DETACH DELETE n //'"
    assert lines[0] == "// A ring with its evidence"
    assert lines[2].startswith(f"MATCH (ring:Ring {{id: {literal}}})<-")
    assert "$" not in out
    shown = json.loads(told("neo4j", "playbook", "2", "--show", "-p", f"ring_id={HOSTILE}", "--json")[1])
    assert shown["statement"] == out.rstrip("\n")
    assert shown["parameters"]["ring_id"] == HOSTILE


def test_listing_and_showing_need_no_driver() -> None:
    program = (
        "import sys; from graphrisk.cli import main; main(sys.argv[1:]); sys.exit('neo4j' in sys.modules)"
    )
    for arguments in ([], ["2", "--show"]):
        command = [sys.executable, "-c", program, "neo4j", "playbook", *arguments]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_ring_is_shown_with_a_link_only_where_a_server_is_named(
    told, shop_as_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = ("rings", "show", "RING-ALPHA", "--workspace", str(shop_as_made))
    assert "Browser" not in told(*show)[1]
    assert json.loads(told(*show, "--json")[1])["browser"] is None
    monkeypatch.setenv("NEO4J_URI", "neo4j://graph.example:7687")
    last = told(*show)[1].splitlines()[-1]
    link = re.fullmatch(r"in Neo4j Browser: (http://graph\.example:7474/browser/\?[!-~]+)", last)
    assert link is not None
    assert json.loads(told(*show, "--json")[1])["browser"] == link[1]
