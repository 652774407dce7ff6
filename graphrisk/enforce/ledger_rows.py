"""Entries of the ledger as rows of a table, and which of them somebody wants to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import pyarrow as pa

from graphrisk.enforce.bodies import KINDS, body_text
from graphrisk.model.ledger import Body, Entry
from graphrisk.model.tables import TIME

NAMES = ("plan_id", "package_id", "action_id", "ring_id", "subject")
LEDGER_EXPORT = pa.schema(
    [
        pa.field("seq", pa.int64(), nullable=False),
        pa.field("at", TIME, nullable=False),
        pa.field("by", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        *(pa.field(name, pa.string()) for name in NAMES),  # null where such an entry has none
        pa.field("body", pa.string(), nullable=False),  # all of it, as the ledger has it: canonical JSON
        pa.field("hash", pa.string(), nullable=False),
    ]
)
_BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """kinds: empty for all. plan: how the name of a plan starts; what is about its packages is about it, too.
    subject: an account's token."""

    kinds: frozenset[str] = frozenset()
    plan: str | None = None
    subject: str | None = None


def kind_of(entry: Entry) -> str:
    return KINDS[type(entry.body)]


def select_entries(entries: Sequence[Entry], wanted: Wanted) -> tuple[Entry, ...]:
    packages = {
        package
        for entry in entries
        if wanted.plan is not None
        and _is_of_plan(entry.body, wanted.plan)
        and (package := _text(entry.body, "package_id"))
    }
    return tuple(
        entry
        for entry in entries
        if (not wanted.kinds or kind_of(entry) in wanted.kinds)
        and (wanted.subject is None or wanted.subject in _subjects(entry.body))
        and (
            wanted.plan is None
            or _is_of_plan(entry.body, wanted.plan)
            or _text(entry.body, "package_id") in packages
        )
    )


def tell_body(body: Body) -> str:
    """One line for a person: what there is to each field; empty ones are left out. A text of several words
    stands in quotes."""
    told = ((each.name, getattr(body, each.name)) for each in fields(body))
    return " ".join(f"{name}={_words(value)}" for name, value in told if value not in (None, "", ()))


def entry_batches(entries: Sequence[Entry]) -> Iterator[pa.RecordBatch]:
    """Of LEDGER_EXPORT."""
    for start in range(0, len(entries), _BATCH_ROWS):
        part = entries[start : start + _BATCH_ROWS]
        columns = [
            [entry.seq for entry in part], [entry.at for entry in part], [entry.by for entry in part],
            [kind_of(entry) for entry in part],
            *([_text(entry.body, name) or None for entry in part] for name in NAMES),
            [body_text(entry.body) for entry in part], [entry.hash for entry in part],
        ]  # fmt: skip
        arrays = [pa.array(column, field.type) for column, field in zip(columns, LEDGER_EXPORT, strict=True)]
        yield pa.record_batch(arrays, schema=LEDGER_EXPORT)


def _text(body: Body, name: str) -> str | None:
    found = getattr(body, name, None)
    return found if isinstance(found, str) else None


def _is_of_plan(body: Body, start: str) -> bool:
    named = [_text(body, "plan_id"), *getattr(body, "plans", ())]
    return any(plan.startswith(start) for plan in named if plan)


def _subjects(body: Body) -> set[str | None]:
    """`about` of a package may be an account's token, too."""
    return {_text(body, "subject"), _text(body, "about"), *getattr(body, "viewed_subjects", ())}


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    text = value.isoformat(timespec="seconds") + "Z" if hasattr(value, "isoformat") else str(value)
    return text if text and not any(character.isspace() for character in text) else f'"{text}"'
