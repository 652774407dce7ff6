"""The files of one package, written into a folder that is nowhere yet."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from graphrisk.enforce.manifest import (
    CSV,
    DSA_STATEMENTS,
    JSON_LINES,
    LISTED,
    MANIFEST,
    PARQUET,
    PUBLIC_KEY,
    README,
    SIGNATURE,
    SQL,
    STATEMENTS,
    Counts,
    FileDigest,
    Manifest,
    count_by_operation,
    manifest_bytes,
)
from graphrisk.enforce.package import PackageHeader
from graphrisk.enforce.package_forms import json_lines, sql_statements, times_as_text
from graphrisk.enforce.package_readme import describe_package
from graphrisk.enforce.signatures import key_fingerprint
from graphrisk.stores.exports import formula_guard

_BATCH_ROWS = 10_000


class Signer(Protocol):
    def sign(self, message: bytes) -> bytes:
        """Ed25519."""
        ...

    def public_key(self) -> Ed25519PublicKey: ...


@dataclass(frozen=True, slots=True)
class Contents:
    """table: ACTION. statements, dsa_statements: lines. erased, supersedes: as in the manifest."""

    header: PackageHeader
    table: pa.Table
    statements: Iterable[str]
    dsa_statements: Iterable[str]
    erased: int = 0
    supersedes: str | None = None


def write_package_files(folder: Path, contents: Contents, signer: Signer) -> bytes:
    """folder: empty. Every file is on the disk when this returns. Returns the manifest's bytes."""
    header, table, public_key = contents.header, contents.table, signer.public_key()
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    texts = {
        README: [describe_package(header, table.num_rows).encode()],
        PUBLIC_KEY: [pem],
        **{name: render(name, table, header) for name in (CSV, JSON_LINES, SQL)},
    }
    digests = {name: _write(folder, name, chunks)[0] for name, chunks in texts.items()}
    digests[PARQUET] = _write_parquet(folder, table)
    digests[STATEMENTS], statement_count = _write(folder, STATEMENTS, as_lines(contents.statements))
    digests[DSA_STATEMENTS], dsa_count = _write(folder, DSA_STATEMENTS, as_lines(contents.dsa_statements))
    counts = Counts(
        pc.count_distinct(table.column("account_id")).as_py(), table.num_rows,
        count_by_operation(table.column("operation").to_pylist(), table.column("tier").to_pylist()),
        statement_count, dsa_count, contents.erased,
    )  # fmt: skip
    files = tuple(digests[name] for name in LISTED)
    manifest = manifest_bytes(
        Manifest(header, files, counts, key_fingerprint(public_key), contents.supersedes)
    )
    _write(folder, MANIFEST, [manifest])
    _write(folder, SIGNATURE, [b64encode(signer.sign(manifest)) + b"\n"])
    return manifest


def render(name: str, table: pa.Table, header: PackageHeader) -> Iterator[bytes]:
    """One of the text forms of the rows, in pieces of a line or several."""
    if name == CSV:
        return csv_lines(table)
    if name == JSON_LINES:
        return as_lines(json_lines(table))
    return as_lines(sql_statements(table, header.package_id, header.ledger_seq))


def csv_lines(table: pa.Table) -> Iterator[bytes]:
    """Texts are quoted, and disarmed for spreadsheets (stores.exports); nothing between commas is null."""
    yield (",".join(table.column_names) + "\n").encode()
    times = {name for name in table.column_names if pa.types.is_timestamp(table.schema.field(name).type)}
    for batch in times_as_text(table, between="T", end="Z").to_batches(max_chunksize=_BATCH_ROWS):
        cells = [
            column.cast(pa.string()) if pa.types.is_boolean(column.type) or name in times
            else _quoted(formula_guard(column))
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]  # fmt: skip
        filled = [pc.fill_null(column, "") for column in cells]
        yield ("\n".join(pc.binary_join_element_wise(*filled, ",").to_pylist()) + "\n").encode()


def as_lines(texts: Iterable[str]) -> Iterator[bytes]:
    return ((text + "\n").encode() for text in texts)


def _quoted(column: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")


def _write(folder: Path, name: str, chunks: Iterable[bytes]) -> tuple[FileDigest, int]:
    """Also how many chunks there were."""
    digest, size, count = hashlib.sha256(), 0, 0
    with (folder / name).open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return FileDigest(name, size, digest.hexdigest()), count


def _write_parquet(folder: Path, table: pa.Table) -> FileDigest:
    place = folder / PARQUET
    with place.open("xb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    with place.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileDigest(PARQUET, place.stat().st_size, digest)
