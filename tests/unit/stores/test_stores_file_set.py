"""Several files are written, all of them or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrisk.errors import ConfigError
from graphrisk.stores.file_set import write_files


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_files_are_written_into_folders_that_were_not_there(tmp_path: Path) -> None:
    write_files(tmp_path / "new", {"a.txt": b"1", "below/b.txt": b"2"})
    assert contents(tmp_path) == {"new/a.txt": b"1", "new/below/b.txt": b"2"}


def test_files_of_the_same_name_are_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "theirs").write_bytes(b"kept")
    write_files(tmp_path, {"a.txt": b"new"})
    assert contents(tmp_path) == {"a.txt": b"new", "theirs": b"kept"}


def test_where_one_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "below").write_bytes(b"a file where a folder should be")
    with pytest.raises(ConfigError, match="cannot write"):
        write_files(tmp_path, {"a.txt": b"new", "below/b.txt": b"2"})
    assert contents(tmp_path) == {"a.txt": b"old", "below": b"a file where a folder should be"}


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name within a folder"):
        write_files(tmp_path / "in", {"../out.txt": b"1"})
    assert contents(tmp_path) == {}
