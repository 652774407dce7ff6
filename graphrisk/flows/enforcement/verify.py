"""verify: whether a package is what somebody signed, told from the package and a public key alone.

First what needs no trust in the content: which files there are, the manifest, its signature, each file's size
and digest. Only where all that is in order is the content read: the four forms of the actions have to say the
same, and the counts and statements have to fit them.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

import msgspec
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graphrisk.enforce.dsa import statement_name, takes_away
from graphrisk.enforce.manifest import (
    CSV,
    DSA_STATEMENTS,
    JSON_LINES,
    LISTED,
    MANIFEST,
    PARQUET,
    PUBLIC_KEY,
    SIGNATURE,
    SQL,
    STATEMENTS,
    FileDigest,
    Manifest,
    count_by_operation,
    read_manifest,
)
from graphrisk.enforce.package import PackageHeader
from graphrisk.enforce.signatures import is_signed_by, key_fingerprint, read_public_key
from graphrisk.enforce.statements import NOTICE

MOST_LINE = 1 << 24  # bytes
_MOST_MANIFEST, _MOST_SMALL = 100_000, 10_000  # bytes
_FILES = (*LISTED, MANIFEST, SIGNATURE)


class PackageFolder(Protocol):
    """Names lead to plain files within the folder: whatever else is there is never followed or read."""

    def entries(self) -> Mapping[str, bool]:
        """All that is in the folder -> whether it is a plain file."""
        ...

    def size(self, name: str) -> int: ...

    def read(self, name: str) -> Iterator[bytes]: ...

    def read_actions(self, row_count: int, most_bytes: int) -> pa.Table:
        """Of the Parquet file. Raises ValueError where it has another number of rows, other columns, or
        unfolds to more bytes."""
        ...

    def render(self, name: str, table: pa.Table, header: PackageHeader) -> Iterator[bytes]:
        """The bytes that the text form of that name has to have."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """file: its name within the package, as it is there. what: in words."""

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """manifest: None where it cannot be read. signed_by: fingerprint of the key that was checked against,
    None: of none. is_own_key: whether that was the package's own, which proves nothing of who signed."""

    manifest: Manifest | None
    signed_by: str | None
    is_own_key: bool
    faults: tuple[Fault, ...]


class _Statement(msgspec.Struct):
    notice: str
    package_id: str
    account_id: str
    action_ids: list[str]


class _DsaFields(msgspec.Struct):
    puid: str


class _DsaStatement(msgspec.Struct):
    notice: str
    statement: _DsaFields


def verify_package(folder: PackageFolder, public_key: Ed25519PublicKey | None) -> VerifyReport:
    """public_key: of whom the package should be from; None: any, then its own is taken. Collects all faults
    that do not follow from others."""
    faults = list(_check_names(folder.entries()))
    bad = {fault.file for fault in faults}
    is_own = public_key is None
    if bad & {MANIFEST, SIGNATURE}:
        return VerifyReport(None, None, is_own, tuple(faults))
    try:
        content = _read_small(folder, MANIFEST, _MOST_MANIFEST)
        manifest = read_manifest(content)
    except ValueError as error:
        return VerifyReport(None, None, is_own, (*faults, Fault(MANIFEST, str(error))))
    key, fault = (public_key, None) if public_key else _own_key(folder, bad)
    if fault is not None:
        faults.append(fault)
    if key is not None:
        faults += _check_signature(folder, key, manifest, content)
    faults += (
        fault for each in manifest.files if each.path not in bad for fault in _check_file(folder, each)
    )
    if not faults:
        faults += _check_content(folder, manifest)
    return VerifyReport(manifest, None if key is None else key_fingerprint(key), is_own, tuple(faults))


def _check_names(entries: Mapping[str, bool]) -> Iterator[Fault]:
    for name in _FILES:
        if name not in entries:
            yield Fault(name, "is missing")
    for name, is_plain in sorted(entries.items()):
        if name not in _FILES:
            yield Fault(name, "does not belong to the package")
        elif not is_plain:
            yield Fault(name, "is no plain file, but a link, a folder or a device")


def _own_key(folder: PackageFolder, bad: set[str]) -> tuple[Ed25519PublicKey | None, Fault | None]:
    if PUBLIC_KEY in bad:
        return None, None
    try:
        return read_public_key(_read_small(folder, PUBLIC_KEY, _MOST_SMALL)), None
    except ValueError as error:
        return None, Fault(PUBLIC_KEY, str(error))


def _check_signature(
    folder: PackageFolder, key: Ed25519PublicKey, manifest: Manifest, content: bytes
) -> Iterator[Fault]:
    fingerprint = key_fingerprint(key)
    if manifest.signing_key != fingerprint:
        yield Fault(MANIFEST, f"is signed by another key, {manifest.signing_key}, not by {fingerprint}")
        return
    try:
        content_of_signature = _read_small(folder, SIGNATURE, _MOST_SMALL)
        signature = b64decode(content_of_signature.removesuffix(b"\n"), validate=True)
    except ValueError:
        yield Fault(SIGNATURE, "is no base64")
        return
    if b64encode(signature) + b"\n" != content_of_signature or not is_signed_by(key, content, signature):
        yield Fault(SIGNATURE, f"does not fit {MANIFEST} and the key {fingerprint}: one of them was changed")


def _check_file(folder: PackageFolder, listed: FileDigest) -> Iterator[Fault]:
    size = folder.size(listed.path)
    if size != listed.bytes:
        yield Fault(listed.path, f"has {size:,} bytes, {MANIFEST} says {listed.bytes:,}")
        return
    digest = hashlib.sha256()
    for chunk in folder.read(listed.path):
        digest.update(chunk)
    if digest.hexdigest() != listed.sha256:
        yield Fault(listed.path, f"was changed: its SHA-256 is not that of {MANIFEST}")


def _check_content(folder: PackageFolder, manifest: Manifest) -> Iterator[Fault]:
    """Of files that are as they were signed."""
    try:
        table = folder.read_actions(manifest.counts.actions, folder.size(JSON_LINES))
        wrong_counts = list(_check_counts(table, manifest))
    except ValueError as error:
        yield Fault(PARQUET, str(error))
        return
    yield from wrong_counts
    for name in (CSV, JSON_LINES, SQL):
        line = find_difference(folder.read(name), folder.render(name, table, manifest.header))
        if line is not None:
            yield Fault(name, f"line {line:,}: says other than {PARQUET}")
    for name, check in ((STATEMENTS, _check_statements), (DSA_STATEMENTS, _check_dsa_statements)):
        try:
            what = check(split_lines(folder.read(name)), table, manifest)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            what = "a line is no statement"
        if what:
            yield Fault(name, what)


def _check_counts(table: pa.Table, manifest: Manifest) -> Iterator[Fault]:
    accounts, actions = table.column("account_id").to_pylist(), table.column("action_id").to_pylist()
    counts = manifest.counts
    by_operation = count_by_operation(table.column("operation").to_pylist(), table.column("tier").to_pylist())
    if by_operation != counts.by_operation or len(set(accounts)) != counts.accounts:
        yield Fault(MANIFEST, f"its counts of operations, tiers and accounts are not those of {PARQUET}")
    order = list(zip(accounts, actions, strict=True))
    if order != sorted(order) or len(set(actions)) != len(actions):
        yield Fault(PARQUET, "an action occurs twice, or rows are not sorted by account and action")


def _check_statements(lines: Iterator[bytes], table: pa.Table, manifest: Manifest) -> str:
    wanted: dict[str, list[str]] = {}
    for account, action in zip(
        table.column("account_id").to_pylist(), table.column("action_id").to_pylist(), strict=True
    ):
        wanted.setdefault(account, []).append(action)
    decoder = msgspec.json.Decoder(_Statement)
    told: list[tuple[str, list[str]]] = []
    for line in lines:
        each = decoder.decode(line)
        if each.notice != NOTICE or each.package_id != manifest.header.package_id:
            return f"line {len(told) + 1:,}: is not of this package, or no draft any more"
        told.append((each.account_id, each.action_ids))
    if told != list(wanted.items()) or len(told) != manifest.counts.statements:
        return f"is not one statement for each account of {PARQUET}"
    return ""


def _check_dsa_statements(lines: Iterator[bytes], table: pa.Table, manifest: Manifest) -> str:
    rows = zip(*(table.column(name).to_pylist() for name in ("operation", "tier", "action_id")), strict=True)
    wanted = [
        statement_name(manifest.header.package_id, action)
        for operation, tier, action in rows
        if takes_away(operation, tier)
    ]
    decoder = msgspec.json.Decoder(_DsaStatement)
    told = [each.statement.puid for line in lines if (each := decoder.decode(line)).notice == NOTICE]
    if told != wanted or len(told) != manifest.counts.dsa_statements:
        return f"is not one draft for each restriction of {PARQUET}"
    return ""


def _read_small(folder: PackageFolder, name: str, most: int) -> bytes:
    """Raises ValueError for a file that is far larger than such a file is."""
    if folder.size(name) > most:
        raise ValueError(f"has more than {most:,} bytes")
    return b"".join(folder.read(name))


def find_difference(found: Iterable[bytes], wanted: Iterable[bytes]) -> int | None:
    """The first line, from 1, at which two texts that come in pieces differ."""
    pairs = zip_longest(split_lines(found), split_lines(wanted))
    return next((at for at, (one, other) in enumerate(pairs, start=1) if one != other), None)


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without their ends. What is left after the last end is a line, too, where there is anything. A line of
    over MOST_LINE bytes comes in parts: nothing of ours is so long, and nobody shall fill the memory."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > MOST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest
