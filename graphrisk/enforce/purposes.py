"""What an export carries, by what it is for: no purpose gets more columns than it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphrisk.enforce.pseudonyms import check_purpose
from graphrisk.errors import ConfigError
from graphrisk.model.enforcement import ACTION

SUBJECT = "subject"  # the account's token in the ledger
COLUMNS: tuple[str, ...] = (*ACTION.names, SUBJECT)


@dataclass(frozen=True, slots=True)
class ExportPurpose:
    """columns: names in COLUMNS, in the order of the file. identified: whether it may carry account ids as
    they are; else they are tokens, whoever asks. Raises ValueError for what makes no sense."""

    name: str
    columns: tuple[str, ...]
    identified: bool = False

    def __post_init__(self) -> None:
        check_purpose(self.name)
        unknown = [name for name in self.columns if name not in COLUMNS]
        if unknown or not self.columns or len(set(self.columns)) < len(self.columns):
            raise ValueError(f"columns are some of {', '.join(COLUMNS)}, each once")
        if SUBJECT in self.columns and "account_id" in self.columns:
            raise ValueError(f"account_id or {SUBJECT}, not both: that would join tokens of two purposes")


PURPOSES: tuple[ExportPurpose, ...] = (
    # Whoever blocks accounts: all that a package has
    ExportPurpose("execution", tuple(ACTION.names), identified=True),
    # Whoever counts: no texts, no single actions
    ExportPurpose(
        "analytics",
        ("account_id", "ring_id", "operation", "tier", "state_before", "state_after", "from_at", "until_at"),
    ),
    # Whoever holds exports against the ledger: what the ledger knows, by its own names
    ExportPurpose(
        "audit", (SUBJECT, "action_id", "operation", "ring_id", "tier", "plan_id", "from_at", "until_at")
    ),
)


def find_purpose(name: str, told: Iterable[ExportPurpose]) -> ExportPurpose:
    """told: by the policy, which goes before ours. Raises ConfigError where it is neither's."""
    try:
        check_purpose(name)
    except ValueError as error:
        raise ConfigError(str(error), where="--purpose", value=name) from error
    known = {each.name: each for each in (*PURPOSES, *told)}
    if name in known:
        return known[name]
    raise ConfigError(
        "unknown purpose", where="--purpose", value=name,
        remedy=f"one of {', '.join(sorted(known))}; or say what it needs under [purposes.{name}] in"
        " policy.toml",
    )  # fmt: skip
