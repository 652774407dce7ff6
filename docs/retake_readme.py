"""Take README.md's picture and its command output again, from the demo.

    make readme

Each ```console block of README.md holds commands after `$ `, run as on a terminal of 120 columns. A comment
`# the first N lines` behind a command shortens what it printed. A ring's name in a command becomes that of
the best ring of 6 to 15 members, which is also the one in docs/images/ring.svg; how many of its members are
guilty in the simulated world is counted anew, too.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import termios
from pathlib import Path

import pyarrow.parquet as pq

import graphrisk

ROOT = Path(__file__).parents[1]
WIDTH = 120
SIZES = range(6, 16)
RING = re.compile(r"RING-[A-Z2-7]{10}")
BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
GUILTY = re.compile(r"Of its \d+ members \d+ are")
STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHORTENED = re.compile(r"# the first (\d+) lines")


def main() -> None:
    run = graphrisk.open(ROOT / "demo").latest()
    name = next(str(row.ring_id) for row in run.rings.itertuples() if row.size in SIZES)
    ring = run.ring(name)
    (ROOT / "docs" / "images" / "ring.svg").write_text(ring.to_svg(), encoding="utf-8")
    truth = pq.read_table(ROOT / "demo" / "tables" / "truth" / "ring_members.parquet")
    guilty = set(ring.members.account_id) & set(truth["account_id"].to_pylist())
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = GUILTY.sub(f"Of its {len(ring.members)} members {len(guilty)} are", text)
    readme.write_text(BLOCK.sub(lambda block: retake(block[0], name), text), encoding="utf-8")


def retake(block: str, ring: str) -> str:
    """The commands of a console block, each followed by what it prints now."""
    taken = []
    for line in block.splitlines():
        if line.startswith("$ "):
            command = RING.sub(ring, line)
            printed = screen_of(command.removeprefix("$ "))
            if shortened := SHORTENED.search(command):
                printed = printed[: int(shortened[1])]
            taken += [command, *printed]
    return "\n".join(taken) + "\n"


def screen_of(command: str) -> list[str]:
    """The lines that the command shows on a terminal without colours. Raises if it fails."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(WIDTH)}
    arguments = shlex.split(command, comments=True)
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=theirs) as process:  # noqa: S603
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    if process.returncode != 0:
        raise SystemExit(f"{command}: exit code {process.returncode}")
    return [line.rstrip() for line in STYLE.sub("", shown.decode("utf-8")).splitlines()]


def _read(terminal: int) -> bytes:
    """Some bytes; none at the end, which Linux reports as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


if __name__ == "__main__":
    main()
