"""`graphrisk neo4j guide` as Browser, a curious page and a person meet it; no server is needed for that."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from graphrisk.cli.app import main

COMMAND = [sys.executable, "-m", "graphrisk", "neo4j", "guide"]
BROWSER = "http://localhost:7474"
OTHER_BROWSER = "http://graph.example:7474"  # of the server that NEO4J_URI names
ELSEWHERE = "https://evil.example"


@pytest.fixture(scope="module")
def guide(shop_as_made: Path) -> Iterator[dict[str, str]]:
    """What the command says while it serves the hand-made shop."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--json", "--workspace", str(shop_as_made)],
        env={**os.environ, "NEO4J_URI": "neo4j://graph.example:7687"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def ask(
    guide: Mapping[str, str], path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """By a raw path, which no client tidies up."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(guide["address"]).port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host="Host" in named)
    for name, value in named.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_what_it_says_is_what_browser_is_told_to_play(guide: dict[str, str]) -> None:
    address = guide["address"]
    assert guide == {
        "address": address,
        "guide": f":play {address}/guide.html",
        "style": f":style {address}/graphrisk.grass",
        "favourites": f"{address}/playbook.zip",
    }
    assert address.startswith("http://localhost:")  # the only name of this machine that Browser admits


@pytest.mark.parametrize(
    ("path", "media_type", "beginning"),
    [
        ("/guide.html", "text/html; charset=utf-8", b"<title>graphrisk playbook"),
        ("/", "text/html; charset=utf-8", b"<title>graphrisk playbook"),
        ("/graphrisk.grass", "text/plain; charset=utf-8", b"node {"),
        ("/playbook.zip", "application/zip", b"PK"),
        ("/playbook/01_top_rings.cypher?x=1", "text/plain; charset=utf-8", b"// The top rings"),
    ],
)
def test_files_are_served_and_head_tells_their_length(
    guide: dict[str, str], path: str, media_type: str, beginning: bytes
) -> None:
    answer, body = ask(guide, path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
    assert body.startswith(beginning)
    assert answer.headers["Cache-Control"] == "no-store"
    head, nothing = ask(guide, path, "HEAD")
    assert (head.status, head.headers["Content-Length"], nothing) == (200, str(len(body)), b"")


def test_the_guide_is_filled_in_with_the_best_ring_and_its_members(guide: dict[str, str]) -> None:
    page = ask(guide, "/guide.html")[1].decode()
    assert "(ring:Ring {id: &#x27;RING-ALPHA&#x27;})" in page
    assert ":param account_id =&gt; &#x27;acc2&#x27;;" in page  # the riskiest
    assert "RING-7K3QX" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/playbook", "/playbook/",
        "/playbook/../guide.html", "/guide.html/", "/guide.html%00", "/graphrisk.toml", "guide.html", "*",
        "http://localhost/guide.html", "/\\guide.html",
    ],
)  # fmt: skip
def test_no_path_leads_anywhere_but_to_a_file_of_the_guide(guide: dict[str, str], path: str) -> None:
    answer, body = ask(guide, path)
    assert (answer.status, body) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"])
def test_nothing_but_reading_is_understood(guide: dict[str, str], method: str) -> None:
    assert ask(guide, "/guide.html", method)[0].status == 501


@pytest.mark.parametrize("origin", [BROWSER, "http://127.0.0.1:30624", "http://[::1]:7474", OTHER_BROWSER])
def test_browser_may_read_with_whatever_headers_it_has(guide: dict[str, str], origin: str) -> None:
    asks = {
        "Origin": origin,
        "Access_Control_Request_Method": "GET",
        "Access_Control_Request_Headers": "baggage,cache-control,pragma,sentry-trace",
    }
    leave, _ = ask(guide, "/guide.html", "OPTIONS", **asks)
    assert leave.status == 204
    assert leave.headers["Access-Control-Allow-Origin"] == origin
    assert leave.headers["Access-Control-Allow-Headers"] == "*"
    answer, _ = ask(guide, "/guide.html", Origin=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "null", "http://localhost.evil.example", "http://graph.example:80", "file://", ""]
)
def test_a_page_from_elsewhere_may_not_read(guide: dict[str, str], origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        assert (
            "Access-Control-Allow-Origin" not in ask(guide, "/guide.html", method, Origin=origin)[0].headers
        )


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8001", "", "localhost.evil.example", "localhost@evil"]
)
def test_a_request_under_another_name_is_not_answered(guide: dict[str, str], host: str) -> None:
    answer, body = ask(guide, "/guide.html", Host=host)
    assert (answer.status, body) == (421, b"")


def test_nobody_but_this_machine_is_listened_to(guide: dict[str, str]) -> None:
    port = f"{urlsplit(guide['address']).port:04X}"
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port}") and line.split()[3] == "0A"
    ]
    assert listening == [f"0100007F:{port}"]


def test_a_port_that_is_taken_is_said_in_a_line(
    guide: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    port = str(urlsplit(guide["address"]).port)
    assert main(["neo4j", "guide", "--port", port, "--workspace", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: --port {port}: cannot listen: Address already in use\n  -> --port 0 takes a free one\n"
    )


def test_the_same_files_are_written_into_a_folder(
    shop_as_made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "guide"
    assert main(["neo4j", "guide", "--write", str(out), "--workspace", str(shop_as_made), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert set(told["files"]) == written
    assert len(written) == 3 + 21
    assert "RING-ALPHA" in (out / "guide.html").read_text(encoding="utf-8")


def test_without_a_workspace_the_guide_has_made_up_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "guide"
    assert main(["neo4j", "guide", "--write", str(out), "--workspace", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"folder\t{out}\nfiles\t24\n"
    assert "RING-7K3QX" in (out / "guide.html").read_text(encoding="utf-8")


def test_a_kind_of_ones_own_has_a_colour_too(
    shop_as_made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = (shop_as_made / "graphrisk.toml").read_text(encoding="utf-8")
    (tmp_path / "graphrisk.toml").write_text(f"{config}\n[kinds.wallet]\n", encoding="utf-8")
    assert main(["neo4j", "guide", "--write", str(tmp_path), "--workspace", str(tmp_path)]) == 0
    assert "node.Wallet {" in (tmp_path / "graphrisk.grass").read_text(encoding="utf-8")
    capsys.readouterr()
