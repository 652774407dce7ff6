"""What a package is made of, and what its manifest says of it."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from packaged import HOSTILE, PLAN, make_ground, make_header, make_package, make_row, share

from graphrisk.enforce.manifest import (
    LISTED,
    Counts,
    FileDigest,
    Manifest,
    count_by_operation,
    manifest_bytes,
    read_manifest,
)
from graphrisk.enforce.package import action_rows, action_table, name_action, statement_lines
from graphrisk.model.enforcement import ACTION, Operation, Tier

MANIFEST = Manifest(
    make_header(),
    tuple(FileDigest(name, 1, "0" * 64) for name in LISTED),
    Counts(1, 1, count_by_operation(["impose"], ["ban"]), 1, 1, 0),
    "f" * 32,
)


def test_an_action_has_one_name_for_life_and_another_for_every_plan_account_and_tier() -> None:
    names = {
        name_action(plan, subject, tier)
        for plan in ("P-1", "P-2")
        for subject in ("s1", "s2")
        for tier in (Tier.SUSPEND, Tier.BAN)
    }
    assert len(names) == 8
    assert name_action("P-1", "s1", Tier.BAN) in names


def test_rows_come_back_as_they_were() -> None:
    rows = make_package().told_rows()
    table = action_table(rows)
    assert table.schema.equals(ACTION)
    assert action_rows(table, {row.action_id: row.subject for row in rows}) == rows


def test_an_action_that_the_ledger_does_not_know_is_not_given_out() -> None:
    with pytest.raises(KeyError):
        action_rows(action_table(make_package().told_rows()), {})


def test_no_rows_are_a_table_of_the_same_columns() -> None:
    assert action_table(()).schema.equals(ACTION)
    assert action_rows(action_table(()), {}) == ()


def test_the_order_of_the_rows_changes_nothing() -> None:
    package = make_package()
    shuffled = list(package.rows)
    random.Random(3).shuffle(shuffled)
    assert replace(package, rows=tuple(shuffled)) == package


def test_an_erased_account_is_in_no_file() -> None:
    package = replace(make_package(()), rows=(make_row("a"), replace(make_row("b"), account_id=None)))
    assert [row.account_id for row in package.told_rows()] == ["a"]
    assert len(list(statement_lines(package))) == 1


def test_an_action_is_changed_once_in_a_package() -> None:
    row = make_row("a")
    with pytest.raises(ValueError, match="twice"):
        replace(make_package(()), rows=(row, replace(row, operation=Operation.LIFT)))


def test_the_ground_is_that_of_the_same_ring() -> None:
    row = make_row("a", ring_id="RING-B")
    first, second = make_ground(row, ring_id="RING-A"), make_ground(row, share(), ring_id="RING-B")
    for grounds in ((first, second), (second, first)):
        package = replace(make_package(()), rows=(row,), grounds=grounds)
        assert package.find_ground()(row) == second
    assert replace(make_package(()), rows=(row,), grounds=(first,)).find_ground()(row) == first


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read_manifest(manifest_bytes(MANIFEST)) == MANIFEST
    told = json.loads(manifest_bytes(replace(MANIFEST, supersedes="a" * 64)))
    assert told["supersedes"] == "a" * 64
    assert told["header"]["created_at"] == "2026-11-26T12:00:00Z"
    assert told["header"]["plan_id"] == PLAN


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "actions.csv/../../x", "..", "", "ACTIONS.CSV", "actions.csv\0"]
)
def test_a_manifest_that_leads_out_of_its_folder_is_refused(path: str) -> None:
    files = (*MANIFEST.files[:-1], FileDigest(path, 1, "0" * 64))
    with pytest.raises(ValueError, match="lists other files"):
        read_manifest(manifest_bytes(replace(MANIFEST, files=files)))


def test_a_manifest_lists_every_file_once() -> None:
    for files in (MANIFEST.files[1:], (*MANIFEST.files, MANIFEST.files[-1]), MANIFEST.files[::-1], ()):
        with pytest.raises(ValueError, match="lists other files"):
            read_manifest(manifest_bytes(replace(MANIFEST, files=files)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"format":1', b'"format":2'),
        (b'"bytes":1', b'"bytes":-1'),
        (b'"bytes":1', b'"bytes":"1"'),
        (b'"bytes":1', b'"bytes":1.5'),
        (b'"sha256":"0', b'"sha256":"g'),
        (b'"impose"', b'"abolish"'),
        (b'"purpose":"apply"', b'"purpose":"please"'),
        (b'"counts"', b'"extra":1,"counts"'),
        (b'{"counts"', b'{ "counts"'),
        (b'"supersedes":null', b'"supersedes":"x"'),
        (b"}\n", b"}"),
        (b"}\n", b"}\n\n"),
        (b"2026-11-26T12:00:00Z", b"2026-11-26T12:00:00"),
        (b"2026-11-26T12:00:00Z", b"2026-11-26T14:00:00+02:00"),
        (b'"format":1', b'"format":1,"format":1'),
    ],
)
def test_whatever_is_not_the_bytes_of_a_manifest_is_refused(old: bytes, new: bytes) -> None:
    content = manifest_bytes(MANIFEST)
    assert old in content
    with pytest.raises(ValueError, match=r"manifest|format|lists"):
        read_manifest(content.replace(old, new, 1))


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"\xff\xfe", b'{"format":' + b"[" * 100_000, b"{" * 9]
)
def test_no_manifest_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="manifest"):
        read_manifest(content)


def test_no_account_and_no_token_is_in_a_manifest() -> None:
    rows = make_package(HOSTILE).rows
    counts = count_by_operation([row.operation for row in rows], [row.tier for row in rows])
    assert sum(sum(tiers.values()) for tiers in counts.values()) == len(HOSTILE)
    text = manifest_bytes(replace(MANIFEST, counts=replace(MANIFEST.counts, by_operation=counts))).decode()
    assert not [row for row in rows if row.subject in text or row.action_id in text]
