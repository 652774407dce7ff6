"""Files that are there after the power failed, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphrisk.errors import GraphriskError


def write_whole(path: Path, content: bytes) -> None:
    """Written beside its place, synced, renamed, and the renaming synced. Raises OSError; then the place has
    what it had, except where only the last step failed."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """So that what was renamed in it stays renamed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, content: bytes) -> None:
    """A disk that is nearly full takes a part of a write, and says so only when asked for the rest."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


@contextmanager
def disk_is_asked(path: Path) -> Iterator[None]:
    """An OSError inside becomes a GraphriskError. What was begun must have been taken back by then."""
    try:
        yield
    except OSError as error:
        raise GraphriskError(
            f"the disk does not take what is written: {error.strerror}", where=str(path),
            remedy="make room on the workspace's disk, then try again; nothing was left half written",
        ) from error  # fmt: skip
