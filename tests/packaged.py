"""Packages with hostile accounts, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graphrisk.enforce.package import Package, PackageForm, PackageHeader, name_action
from graphrisk.model.enforcement import (
    TIERS,
    ActionRow,
    Bucket,
    Evidence,
    Operation,
    PlanRow,
    Purpose,
    Source,
    Tier,
)
from graphrisk.model.ledger import Approved

AT = datetime(2026, 11, 26, 12)  # noqa: DTZ001 - naive UTC, as everywhere
PLAN, PACKAGE_ID = "P-PLAN", "PKG-" + "A" * 26
# What attackers call their accounts: formulas, ends of lines, of texts, of statements; words from the right
HOSTILE = (
    "plain-1", '=HYPERLINK("http://x")', "a;=1+1", "o'; DROP TABLE graphrisk_actions; --", "back\\",
    "back\\'", 'say "x",y', "line\nfeed\r\n", "tab\tvt\x0b", "nul\0byte", "\x1b[31mred",
    "\u202eevil\u2066", "\u00fcn\u00ef\U0001f600", "'", "''", "{}", "%s %(x)s ?1 :x $1", "<b>&amp;</b>",
    "\u2028\u2029", " ",
)  # fmt: skip
REASON = 'The account\'s on hold; it "appears" to be one of several.\\'


@dataclass(frozen=True, slots=True)
class Key:
    """Fits Signer. number: another, another key."""

    number: int = 1

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.number]) * 32)

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)

    def public_key(self) -> Ed25519PublicKey:
        return self.private.public_key()


def make_header(
    *, seq: int = 7, package_id: str = PACKAGE_ID, purpose: Purpose = Purpose.APPLY
) -> PackageHeader:
    return PackageHeader(
        package_id, purpose, PLAN, "all", "RUN-1", "data", "policy", "judged", seq, "hash", AT, "0.1.0",
        PackageForm.PLAIN,
    )  # fmt: skip


def make_row(account: str, tier: Tier = Tier.SUSPEND, **others: object) -> ActionRow:
    subject = f"s{account.encode().hex()}"
    row = ActionRow(
        name_action(PLAN, subject, tier), Operation.IMPOSE, subject, account, "RING-A", tier, None, tier, AT,
        AT + timedelta(days=30), REASON, PLAN, by_hand=tier is Tier.BAN,
    )  # fmt: skip
    return replace(row, **others)  # type: ignore[arg-type]


def share(
    kind: str = "device", identifier: str = "dev-1", others: int = 3, *, counts: bool = True
) -> Evidence:
    return Evidence(Source.DEVICE, kind, identifier, others + 2, others + 1, counts, f"{identifier} shared")


def behave(words: str = "as the plan says it", kind: str = "lockstep") -> Evidence:
    source = Source.RECORD if kind in ("label", "losses") else Source.BEHAVIOUR
    return Evidence(source, kind, "", 0, 0, counts=True, words=words)


def make_ground(row: ActionRow, *evidence: Evidence, **others: object) -> PlanRow:
    ground = PlanRow(
        row.subject, row.account_id, row.ring_id, "DE", Bucket.NEW, None, row.tier, row.tier, (), (), 0.9,
        0.97, 0.93, 0.99, 0.0, 0.0, (), evidence, "", row.from_at, row.until_at, is_canary=False,
    )  # fmt: skip
    return replace(ground, **others)  # type: ignore[arg-type]


def approve(*, rings: tuple[str, ...] = (), subjects: tuple[str, ...] = ()) -> Approved:
    return Approved(PLAN, "looked at it", rings, subjects, "")


def make_package(
    accounts: Sequence[str] = HOSTILE, *, header: PackageHeader | None = None, seq: int = 7
) -> Package:
    """One action for each account, tiers in turn, with evidence as hostile as the account."""
    rows = tuple(make_row(each, TIERS[at % len(TIERS)]) for at, each in enumerate(accounts))
    grounds = tuple(
        make_ground(
            row, share(identifier=account), share("card\n'", account), behave(account),
            behave(account, "losses"),
        )
        for row, account in zip(rows, accounts, strict=True)
    )  # fmt: skip
    return Package(
        header or make_header(seq=seq),
        rows,
        grounds,
        "Write to us; we answer.",
        (approve(rings=("RING-A",)),),
    )
