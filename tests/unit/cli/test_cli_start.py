"""The command line is there at once: what only one verb needs is imported by that verb."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import graphrisk

SLOW = (
    "igraph",
    "leidenalg",
    "matplotlib",
    "neo4j",
    "networkx",
    "pandas",
    "phonenumbers",
    "pyarrow.compute",
    "scipy",
)
REPORT = f"""
import sys
sys.stderr.write(" ".join(name for name in {SLOW} if name in sys.modules))
"""


def slow_imports(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program + REPORT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_the_command_line_starts_without_what_only_one_verb_needs() -> None:
    assert slow_imports("import graphrisk.cli.app") == ""


@pytest.mark.parametrize("arguments", ["--version", "--help", "rings list --workspace {shop}"])
def test_a_command_that_only_answers_imports_nothing_slow(arguments: str, shop_as_made: Path) -> None:
    program = "import sys\nfrom graphrisk.cli import main\nassert main(sys.argv[1:]) == 0\n"
    words = [word.format(shop=shop_as_made) for word in arguments.split()]
    assert slow_imports(program, *words) == ""


def test_an_interruption_while_it_starts_is_no_traceback() -> None:
    program = """
import sys
from graphrisk.cli import main
class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "graphrisk.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
sys.exit(main(["--version"]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_the_package_has_every_name_that_it_offers() -> None:
    program = "import graphrisk\nassert all(getattr(graphrisk, name) for name in graphrisk.__all__)\n"
    assert "igraph" not in slow_imports(program)


def test_the_package_says_which_name_it_lacks() -> None:
    with pytest.raises(AttributeError, match="'graphrisk' has no attribute 'ring'"):
        _ = graphrisk.ring  # type: ignore[attr-defined]
