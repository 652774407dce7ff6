"""The list of what a package holds, which is what its signature is of. No account occurs in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Annotated, TypeAlias

import msgspec

from graphrisk.enforce.package import PackageHeader
from graphrisk.model.enforcement import Operation, Tier

FORMAT = 1  # of all files of a package: in another format the same rows are other bytes
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CSV, JSON_LINES, PARQUET, SQL = "actions.csv", "actions.jsonl", "actions.parquet", "actions.sql"
STATEMENTS, DSA_STATEMENTS = "statements.jsonl", "dsa_statements.jsonl"
README, PUBLIC_KEY = "README.txt", "public_key.pem"
LISTED = tuple(sorted((CSV, JSON_LINES, PARQUET, SQL, STATEMENTS, DSA_STATEMENTS, README, PUBLIC_KEY)))

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class FileDigest:
    path: str
    bytes: _Count
    sha256: _Sha256


@dataclass(frozen=True, slots=True)
class Counts:
    """by_operation: rows by operation and tier, none of them 0. erased: rows that are left out because their
    accounts were erased."""

    accounts: _Count
    actions: _Count
    by_operation: dict[Operation, dict[Tier, _Count]]
    statements: _Count
    dsa_statements: _Count
    erased: _Count


@dataclass(frozen=True, slots=True)
class Manifest:
    """files: of LISTED. signing_key: its fingerprint. supersedes: SHA-256 of the manifest in whose place this
    one stands since an account was erased, None: of none."""

    header: PackageHeader
    files: tuple[FileDigest, ...]
    counts: Counts
    signing_key: str
    supersedes: _Sha256 | None = None
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class _Version:
    """What is read first: the rest may be otherwise in another format."""

    format: int


def count_by_operation(operations: Sequence[str], tiers: Sequence[str]) -> dict[Operation, dict[Tier, int]]:
    """operations, tiers: of each row."""
    counts: dict[Operation, dict[Tier, int]] = {}
    for (operation, tier), count in sorted(Counter(zip(operations, tiers, strict=True)).items()):
        counts.setdefault(Operation(operation), {})[Tier(tier)] = count
    return counts


def manifest_bytes(manifest: Manifest) -> bytes:
    """One line of JSON with sorted names and without spaces: equal manifests, equal bytes."""
    header = replace(manifest.header, created_at=manifest.header.created_at.replace(tzinfo=UTC))
    return msgspec.json.Encoder(order="sorted").encode(replace(manifest, header=header)) + b"\n"


def read_manifest(content: bytes) -> Manifest:
    """Raises ValueError, in words, for whatever manifest_bytes has not written. So each path in it is the
    name of a file that packages have, and none leads out of the folder."""
    try:
        version = msgspec.json.decode(content, type=_Version).format
        if version != FORMAT:
            raise ValueError(f"format {version}; this version of graphrisk reads format {FORMAT}")
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no manifest: {error}") from error
    except RecursionError:
        raise ValueError("no manifest: brackets within brackets without end") from None
    created_at = manifest.header.created_at.replace(tzinfo=None)
    manifest = replace(manifest, header=replace(manifest.header, created_at=created_at))
    if tuple(each.path for each in manifest.files) != LISTED:
        raise ValueError(f"lists other files than a package has: {', '.join(LISTED)}, in this order")
    if manifest_bytes(manifest) != content:
        raise ValueError("spaces, another order, or something added: not the bytes of such a manifest")
    return manifest
