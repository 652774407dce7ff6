"""The installed command among shells: pipes, terminals, signals, streams that are closed, exit codes."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graphrisk.cli.app import main
from graphrisk.workspace import Workspace

COMMAND = [sys.executable, "-m", "graphrisk"]


def ask(shop: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments, "--workspace", str(shop)],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


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
