"""audit: is the ledger what was written, and are packages and plans what it says was handed over and decided?

What is found wrong is told with its place; nothing is mended. Besides the ledger's own signed head, packages
know where the ledger stood when they were made, and somebody may have kept a head elsewhere: so a ledger that
was put back together with its head to an earlier state is found, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graphrisk.enforce.chain_check import Remnant
from graphrisk.enforce.chain_gaps import LEDGER
from graphrisk.enforce.faults import Anchor, Fault, FaultKind
from graphrisk.enforce.head import Head
from graphrisk.enforce.ledger_check import LedgerBytes, LedgerReport, check_ledger
from graphrisk.enforce.manifest import MANIFEST, SIGNATURE, Manifest
from graphrisk.errors import NotFoundError, TamperedError
from graphrisk.flows.enforcement.audit_plans import PlanShelf, decided_plans, plan_faults
from graphrisk.flows.enforcement.verify import VerifyReport
from graphrisk.model.ledger import Entry, Erased, Opened, Packaged

PACKAGES = "packages"
_KEPT = "the head that was kept"


class LedgerFiles(Protocol):
    def read_files(self) -> LedgerBytes:
        """All of one moment."""
        ...


class Verifier(Protocol):
    @property
    def signing_fingerprint(self) -> str: ...

    def public_key(self) -> Ed25519PublicKey: ...

    def verify(self, message: bytes, signature: bytes) -> bool: ...


class PackageShelf(Protocol):
    def list_packages(self) -> Sequence[str]: ...

    def verify(self, package_id: str, public_key: Ed25519PublicKey) -> VerifyReport: ...

    def read_manifest(self, package_id: str) -> tuple[Manifest, str]:
        """Also its SHA-256. Raises TamperedError where it is none."""
        ...


class Progress(Protocol):
    def __call__(self, stage: str, done_share: float | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class AuditSides:
    """token_key: of pseudonyms; None: whoever audits has it not, and plans are not checked."""

    ledger: LedgerFiles
    keys: Verifier
    packages: PackageShelf
    plans: PlanShelf
    token_key: bytes | None


@dataclass(frozen=True, slots=True)
class KeptHead:
    """The hash of an entry that once was the last; seq: its number, if that was kept as well."""

    hash: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """head: None where none is signed by our key. opened: None where the ledger's first entry cannot be read.
    remarks: what is no fault, and yet should be known."""

    opened: Opened | None
    head: Head | None
    entry_count: int
    package_count: int
    signing_key: str
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the folder of a package is. manifest: None where it cannot be read. digest: of the manifest.
    is_ours: whether our key signed it. faults: file and what is wrong with it."""

    manifest: Manifest | None
    digest: str
    is_ours: bool
    faults: tuple[tuple[str, str], ...]


def audit(sides: AuditSides, kept: KeptHead | None, progress: Progress) -> AuditReport:
    """Raises NotFoundError where there is neither a ledger nor a package."""
    report, head = _audit_once(sides, kept, progress)
    if report.faults and sides.ledger.read_files().head != head:
        report, _ = _audit_once(sides, kept, progress)  # somebody wrote meanwhile: packages may be new ones
    return report


def _audit_once(
    sides: AuditSides, kept: KeptHead | None, progress: Progress
) -> tuple[AuditReport, bytes | None]:
    """Also the head's file as it was found. Packages are listed before the ledger is read, as it may get new
    ones meanwhile, and again after it, as what it names is there by then."""
    names = sides.packages.list_packages()
    files = sides.ledger.read_files()
    if files.is_absent and not names:
        raise NotFoundError("there is no ledger", remedy="`graphrisk enforce init` begins one")
    later_names = {*names, *sides.packages.list_packages()}
    seen: dict[str, _Seen] = {}
    for done, name in enumerate(names):
        progress(f"checking {name}", done / len(names))
        seen[name] = _look_at(sides, name)
    progress("checking the ledger")
    report = check_ledger(files, sides.keys.verify, sides.keys.signing_fingerprint, _anchors(seen, kept))
    handed = _handed_over(report.entries)
    faults = [*report.faults, *_kept_faults(report, kept)]
    faults += (fault for name, each in seen.items() for fault in _package_faults(name, each, handed))
    faults += (
        Fault(FaultKind.PACKAGE, f"{PACKAGES}/{name}", "it is gone; the ledger knows it", seq=entry.seq)
        for name, (entry, _) in handed.items()
        if name not in later_names
    )
    decided = decided_plans(report.entries)
    if sides.token_key is not None and decided:
        progress("checking plans")
        faults += plan_faults(sides.plans, sides.token_key, decided, report.entries)
    remarks = [] if report.remnant is None else [remnant_words(report.remnant)]
    remarks += (words for name, each in seen.items() if (words := _remark(name, each, handed)))
    if sides.token_key is None and decided:
        remarks.append("plans were not checked: that needs pseudonym.key")
    first = report.entries[0].body if report.entries else None
    told = AuditReport(
        first if isinstance(first, Opened) else None, report.head, len(report.entries), len(names),
        sides.keys.signing_fingerprint, tuple(faults), tuple(remarks),
    )  # fmt: skip
    return told, files.head


def remnant_words(remnant: Remnant) -> str:
    return (
        f"a write was interrupted: {remnant.byte_count:,} bytes from line {remnant.line} on, of which nobody"
        " was told, do not count; the next writer cuts them off"
    )


def _look_at(sides: AuditSides, name: str) -> _Seen:
    try:
        report = sides.packages.verify(name, sides.keys.public_key())
        manifest, digest = sides.packages.read_manifest(name)
    except TamperedError as error:
        return _Seen(None, "", is_ours=False, faults=((error.where.rpartition("/")[2], error.what),))
    except NotFoundError:
        return _Seen(None, "", is_ours=False, faults=(("", "it went away while it was looked at"),))
    is_ours = not any(fault.file in (MANIFEST, SIGNATURE) for fault in report.faults)
    return _Seen(manifest, digest, is_ours, tuple((fault.file, fault.what) for fault in report.faults))


def _anchors(seen: Mapping[str, _Seen], kept: KeptHead | None) -> list[Anchor]:
    """A head that somebody kept comes first: he has it from somewhere else."""
    known = []
    if kept is not None and kept.seq is not None:
        known.append(Anchor(kept.seq, kept.hash, _KEPT))
    for name, each in seen.items():
        if each.manifest is not None and each.is_ours:
            header = each.manifest.header
            known.append(Anchor(header.ledger_seq, header.ledger_hash, f"package {name}"))
    return known


def _handed_over(entries: Sequence[Entry]) -> dict[str, tuple[Entry, str]]:
    """By the ledger: package -> its entry, and the digest that its manifest has by now."""
    handed: dict[str, tuple[Entry, str]] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, Packaged):
            handed[body.package_id] = entry, body.manifest_sha256
        elif isinstance(body, Erased):
            for rewritten in body.packages:
                name, _, digests = rewritten.partition(" ")
                if name in handed:
                    handed[name] = handed[name][0], digests.rpartition(" ")[2]
    return handed


def _package_faults(name: str, seen: _Seen, handed: Mapping[str, tuple[Entry, str]]) -> Iterator[Fault]:
    place, (entry, digest) = f"{PACKAGES}/{name}", handed.get(name, (None, ""))
    seq = None if entry is None else entry.seq
    for file, words in seen.faults:
        yield Fault(FaultKind.PACKAGE, f"{place}/{file}", words, seq=seq)
    if entry is None or not seen.is_ours or seen.manifest is None:
        return
    if seen.manifest.header.package_id != name:
        words = f"it is the manifest of {seen.manifest.header.package_id}"
    elif digest in (seen.digest, seen.manifest.supersedes):
        return
    else:
        words = "our key signed it, and yet it is not the manifest that the ledger knows"
    yield Fault(FaultKind.PACKAGE, f"{place}/{MANIFEST}", words, seq=seq)


def _remark(name: str, seen: _Seen, handed: Mapping[str, tuple[Entry, str]]) -> str | None:
    if name not in handed:
        return f"{name} was never handed over: the ledger does not know it, and the next writer removes it"
    if seen.manifest is not None and seen.is_ours and seen.manifest.supersedes == handed[name][1]:
        return f"{name} was written anew by an erasure that was interrupted: repeat the erasure"
    return None


def _kept_faults(report: LedgerReport, kept: KeptHead | None) -> Iterator[Fault]:
    """A head with its number is an anchor, and then the chain's check tells of it."""
    if kept is not None and kept.seq is None and all(entry.hash != kept.hash for entry in report.entries):
        words = f"{_KEPT} is in it no longer: entries are gone or were written anew"
        yield Fault(FaultKind.REWRITTEN, LEDGER, words)
