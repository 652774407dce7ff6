"""docs/cli.md says what the commands say, and every command says how it is used."""

from __future__ import annotations

import re
from pathlib import Path

from graphrisk.cli.reference import render_reference

DOCUMENT = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_reference_is_current() -> None:
    hint = "run `python -m graphrisk.cli.reference > docs/cli.md`"
    assert DOCUMENT.read_text(encoding="utf-8") == render_reference(), hint


def test_every_command_gives_an_example_and_speaks_json_unless_it_draws() -> None:
    sections = re.findall(
        r"^## (.*?)\n\n```text\n(.*?)\n```", render_reference(), flags=re.MULTILINE | re.DOTALL
    )
    commands = {name: text for name, text in sections if "\nCommands:\n" not in text}
    assert "graphrisk rings list" in commands
    assert [name for name, text in commands.items() if "Example: graphrisk" not in text] == []
    assert [name for name, text in commands.items() if "--json" not in text] == ["graphrisk rings draw"]
