"""Whatever is done to a package after it was signed is found, and the file is named."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from packaged import PACKAGE_ID, Key, make_package

from graphrisk.enforce.manifest import (
    LISTED,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    Manifest,
    manifest_bytes,
    read_manifest,
)
from graphrisk.enforce.signatures import key_fingerprint
from graphrisk.errors import NotFoundError
from graphrisk.flows.enforcement.verify import (
    MOST_LINE,
    VerifyReport,
    find_difference,
    split_lines,
    verify_package,
)
from graphrisk.stores.enforcement.package_folder import PackageFolder
from graphrisk.stores.enforcement.packages import PackageStore

KEY, OTHER = Key(1), Key(2)
ALL = (*LISTED, MANIFEST, SIGNATURE)
CONTENT = tuple(name for name in LISTED if name.startswith(("actions", "statements", "dsa")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = PackageStore(tmp_path)
    store.write(make_package(), KEY)
    return store.place(PACKAGE_ID)


def verify(folder: Path, key: Key | None = KEY) -> VerifyReport:
    return verify_package(PackageFolder(folder), None if key is None else key.public_key())


def faulty(folder: Path, key: Key | None = KEY) -> list[str]:
    """The files that are named."""
    return [fault.file for fault in verify(folder, key).faults]


def pem(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sign_anew(
    folder: Path, key: Key = KEY, change: Callable[[Manifest], Manifest] = lambda told: told
) -> None:
    """As somebody with a key does who changed files: digests, manifest and signature fit again."""
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    (folder / PUBLIC_KEY).write_bytes(pem(key))
    files = tuple(
        replace(each, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for each in manifest.files
        for content in [(folder / each.path).read_bytes()]
    )
    fingerprint = key_fingerprint(key.public_key())
    content = manifest_bytes(change(replace(manifest, files=files, signing_key=fingerprint)))
    (folder / MANIFEST).write_bytes(content)
    (folder / SIGNATURE).write_bytes(b64encode(key.sign(content)) + b"\n")


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def test_a_package_as_it_was_signed_has_no_fault(folder: Path) -> None:
    for key in (KEY, None):
        report = verify(folder, key)
        assert report.faults == ()
        assert report.signed_by == key_fingerprint(KEY.public_key())
        assert report.is_own_key == (key is None)
        assert report.manifest is not None
        assert report.manifest.header.package_id == PACKAGE_ID


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("where", [0.0, 0.3, 0.5, 0.8, 1.0])
def test_one_byte_that_was_changed_is_found_in_every_file(folder: Path, name: str, where: float) -> None:
    content = bytearray((folder / name).read_bytes())
    content[round(where * (len(content) - 1))] ^= 1
    (folder / name).write_bytes(content)
    # Of a manifest that still reads as one, only the signature can tell
    for key in (KEY, None):
        told = [fault.file for fault in verify(folder, key).faults]
        assert name in told or (name, told[0]) == (MANIFEST, SIGNATURE)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("change", [lambda told: told[:-1], lambda told: told + b"\n", lambda _: b""])
def test_what_was_cut_off_or_added_is_found_in_every_file(
    folder: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    assert faulty(folder) == [name]


@given(at=st.integers(0, 10**9), flip=st.integers(1, 255))
def test_no_byte_of_the_manifest_can_be_another(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("packages")
    PackageStore(folder).write(make_package(("a",)), KEY)
    place = folder / PACKAGE_ID / MANIFEST
    content = bytearray(place.read_bytes())
    content[at % len(content)] ^= flip
    place.write_bytes(content)
    assert verify(place.parent).faults
    assert verify(place.parent, None).faults


@pytest.mark.parametrize("name", ALL)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert faulty(folder) == [name]


@pytest.mark.parametrize("name", ["actions.csv.bak", ".hidden", "SHA256SUMS", "x\x1b[2J"])
def test_a_file_too_many_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    assert faulty(folder) == [name]


@pytest.mark.parametrize("name", ALL)
def test_a_link_in_the_place_of_a_file_is_refused_though_it_leads_to_the_same_bytes(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (folder / name).rename(tmp_path / "real")
    (folder / name).symlink_to(tmp_path / "real")
    assert faulty(folder) == [name]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, socket_at])
@pytest.mark.parametrize("name", ["actions.csv", MANIFEST])
def test_a_folder_a_pipe_or_a_socket_is_no_file_and_keeps_nobody_waiting(
    folder: Path, name: str, make: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / name).unlink()
    monkeypatch.chdir(folder)  # the path of a socket is short
    make(Path(name))
    assert faulty(folder) == [name]


def test_all_faults_are_told_not_the_first_alone(folder: Path) -> None:
    (folder / "actions.csv").write_bytes(b"x")
    (folder / "actions.sql").unlink()
    (folder / "surplus").write_bytes(b"")
    assert faulty(folder) == ["actions.sql", "surplus", "actions.csv"]


def test_a_package_that_somebody_else_signed_is_found_with_the_key_and_not_without(folder: Path) -> None:
    sign_anew(folder, OTHER)
    assert faulty(folder) == [MANIFEST]
    assert "another key" in verify(folder).faults[0].what
    assert faulty(folder, OTHER) == faulty(folder, None) == []
    assert verify(folder, None).is_own_key


def test_a_manifest_that_only_claims_our_key_is_found(folder: Path) -> None:
    sign_anew(folder, OTHER, lambda told: replace(told, signing_key=key_fingerprint(KEY.public_key())))
    assert faulty(folder) == [SIGNATURE]
    assert faulty(folder, None) == [MANIFEST]


@pytest.mark.parametrize("signature", [b"", b"\n", b"%%%", b"QUJD\n", b"A" * 88 + b"\n", b"A" * 20_000])
def test_what_is_no_signature_is_found(folder: Path, signature: bytes) -> None:
    (folder / SIGNATURE).write_bytes(signature)
    assert faulty(folder) == [SIGNATURE]


def test_a_package_with_a_key_of_another_kind_is_refused(folder: Path) -> None:
    other = generate_private_key(SECP256R1()).public_key()
    (folder / PUBLIC_KEY).write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert faulty(folder, None) == [PUBLIC_KEY, PUBLIC_KEY]


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/hostname", "..", "actions.csv/..", "./actions.csv", "%2e%2e/x"]
)
def test_a_manifest_never_leads_out_of_the_folder(folder: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    told = msgspec.json.decode((folder / MANIFEST).read_bytes())
    told["files"][1]["path"] = path
    content = msgspec.json.encode(told, order="sorted") + b"\n"
    (folder / MANIFEST).write_bytes(content)
    (folder / SIGNATURE).write_bytes(b64encode(KEY.sign(content)) + b"\n")
    assert faulty(folder) == [MANIFEST]
    assert verify(folder).manifest is None


def test_a_huge_manifest_is_not_read(folder: Path) -> None:
    with (folder / MANIFEST).open("r+b") as file:
        file.truncate(10**12)
    assert faulty(folder) == [MANIFEST]


# ---- signed by somebody who has the key, and yet the files do not fit each other ---------------------------
def change_text(folder: Path, name: str, old: bytes, new: bytes) -> None:
    content = (folder / name).read_bytes()
    assert old in content
    (folder / name).write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize("name", ["actions.csv", "actions.jsonl", "actions.sql"])
def test_a_form_that_says_other_than_the_others_is_found_with_its_line(folder: Path, name: str) -> None:
    change_text(folder, name, b"RING-A", b"RING-B")
    sign_anew(folder)
    (fault,) = verify(folder).faults
    assert fault.file == name
    assert fault.what.startswith("line ")


@pytest.mark.parametrize("name", CONTENT)
def test_a_form_with_a_line_too_many_is_found(folder: Path, name: str) -> None:
    lines = (folder / name).read_bytes().split(b"\n")
    (folder / name).write_bytes(b"\n".join([*lines[:-1], lines[-2], b""]))
    sign_anew(folder)
    assert faulty(folder) == [name]


@pytest.mark.parametrize("name", [name for name in CONTENT if name != "actions.parquet"])
def test_a_form_with_a_line_too_few_is_found(folder: Path, name: str) -> None:
    lines = (folder / name).read_bytes().split(b"\n")
    (folder / name).write_bytes(b"\n".join([*lines[:-2], b""]))
    sign_anew(folder)
    assert faulty(folder) == [name]


def test_no_statement_of_another_account_or_package_is_taken(folder: Path) -> None:
    change_text(folder, "statements.jsonl", PACKAGE_ID.encode(), b"PKG-" + b"B" * 26)
    change_text(folder, "dsa_statements.jsonl", b'"puid":"PKG-A', b'"puid":"PKG-B')
    sign_anew(folder)
    assert faulty(folder) == ["statements.jsonl", "dsa_statements.jsonl"]


@pytest.mark.parametrize("name", ["statements.jsonl", "dsa_statements.jsonl"])
def test_a_statement_that_is_no_draft_any_more_is_found(folder: Path, name: str) -> None:
    change_text(folder, name, b"draft, not legal advice", b"final, legal advice ok.")
    sign_anew(folder)
    assert faulty(folder) == [name]


@pytest.mark.parametrize("line", [b"{}", b"x", b"[" * 100_000, b"\xff", b'{"account_id":1}'])
def test_a_line_that_is_no_statement_is_found(folder: Path, line: bytes) -> None:
    for name in ("statements.jsonl", "dsa_statements.jsonl"):
        with (folder / name).open("ab") as file:
            file.write(line + b"\n")
    sign_anew(folder)
    assert faulty(folder) == ["statements.jsonl", "dsa_statements.jsonl"]


def rewrite_rows(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    place = folder / "actions.parquet"
    pq.write_table(change(pq.read_table(place)), place)
    sign_anew(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.slice(1),
        lambda table: pa.concat_tables([table, table]),
        lambda table: table.append_column("more", pa.array([0] * table.num_rows)),
        lambda table: table.drop_columns(["reason"]),
        lambda table: table.rename_columns([*table.column_names[:-1], "hand_by"]),
    ],
)
def test_other_rows_or_columns_than_the_manifest_counts_are_found(
    folder: Path, change: Callable[[pa.Table], pa.Table]
) -> None:
    rewrite_rows(folder, change)
    assert faulty(folder) == ["actions.parquet"]


def test_rows_in_another_order_are_found_in_every_form(folder: Path) -> None:
    rewrite_rows(folder, lambda table: table.take(list(range(table.num_rows))[::-1]))
    assert set(faulty(folder)) == set(CONTENT)


@pytest.mark.parametrize(("column", "value"), [("tier", "jail"), ("operation", "abolish")])
def test_a_word_that_is_no_tier_or_operation_is_found(folder: Path, column: str, value: str) -> None:
    def change(table: pa.Table) -> pa.Table:
        at = table.column_names.index(column)
        return table.set_column(at, table.schema.field(at), pa.array([value] * table.num_rows))

    rewrite_rows(folder, change)
    assert faulty(folder) == ["actions.parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"x" * 1_000])
def test_what_is_no_parquet_file_is_found(folder: Path, content: bytes) -> None:
    (folder / "actions.parquet").write_bytes(content)
    sign_anew(folder)
    assert faulty(folder) == ["actions.parquet"]


def test_a_small_file_that_unfolds_to_a_huge_table_is_not_unfolded(folder: Path) -> None:
    def change(table: pa.Table) -> pa.Table:
        at = table.column_names.index("reason")
        return table.set_column(at, table.schema.field(at), pa.array(["x" * 10**6] * table.num_rows))

    rewrite_rows(folder, change)
    assert (folder / "actions.parquet").stat().st_size < 10**5
    (fault,) = verify(folder).faults
    assert fault.file == "actions.parquet"
    assert "unfolds" in fault.what


def test_a_name_that_is_no_text_is_told_all_the_same(folder: Path) -> None:
    (Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff"))).touch()
    assert [os.fsencode(each) for each in faulty(folder)] == [b"bad\xff"]


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_lines_are_the_same_however_a_text_is_cut(chunks: list[bytes]) -> None:
    whole = b"".join(chunks).split(b"\n")
    assert list(split_lines(chunks)) == (whole if whole[-1] else whole[:-1])


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_the_first_line_that_differs_is_found(one: bytes, other: bytes) -> None:
    found = find_difference([one], [other])
    ones, others = ([*text.removesuffix(b"\n").split(b"\n")] if text else [] for text in (one, other))
    pairs = [*zip_longest(ones, others)]
    wanted = [at for at, (a, b) in enumerate(pairs, start=1) if a != b]
    assert found == (wanted[0] if wanted else None)


def test_a_line_without_end_comes_in_parts() -> None:
    parts = split_lines(b"x" * 2**20 for _ in range(100))
    assert len(next(parts)) <= MOST_LINE + 2**20


@pytest.mark.parametrize("name", ["accounts", "statements", "dsa_statements"])
def test_a_count_that_is_not_what_the_files_hold_is_found(folder: Path, name: str) -> None:
    sign_anew(folder, KEY, lambda told: replace(told, counts=replace(told.counts, **{name: 1})))  # type: ignore[arg-type]
    where = {"accounts": MANIFEST}.get(name, f"{name}.jsonl")
    assert faulty(folder) == [where]


def test_counts_of_operations_that_are_not_those_of_the_rows_are_found(folder: Path) -> None:
    sign_anew(folder, KEY, lambda told: replace(told, counts=replace(told.counts, by_operation={})))
    assert faulty(folder) == [MANIFEST]


def test_nothing_of_a_faulty_package_is_read_further_than_to_tell_its_digest(folder: Path) -> None:
    (folder / "actions.parquet").write_bytes(b"x" * (folder / "actions.parquet").stat().st_size)
    assert [fault.what for fault in verify(folder).faults] == [
        f"was changed: its SHA-256 is not that of {MANIFEST}"
    ]


def test_there_is_no_package_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        PackageFolder(tmp_path / "none")


def test_what_is_told_of_a_package_names_no_account(folder: Path) -> None:
    change_text(folder, "actions.jsonl", b"plain-1", b"plain-2")
    sign_anew(folder)
    assert "plain" not in json.dumps([fault.what for fault in verify(folder).faults])
