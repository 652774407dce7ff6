"""A proposed mapping as the text of a graphrisk.toml, each table under the reasons for its guesses."""

from __future__ import annotations

import json
from collections.abc import Iterator

from graphrisk.flows.propose import Proposal, ProposedTable
from graphrisk.model.mapping import (
    AccountMapping,
    Condition,
    LabelMapping,
    LinkMapping,
    PaymentMapping,
    TableMapping,
    UnknownAccount,
)

_HEAD = """\
# What the tables mean. Every key is explained in docs/mapping.md.
data = {data}  # the folder that the files below are relative to
region = "US"  # the country of phone numbers that name none

# [limits]
# max_bad_share = 0.1  # a table with a greater share of bad rows is refused
"""


def config_text(proposal: Proposal, data: str) -> str:
    """The file's text. data: its `data` folder, as it is to stand there."""
    pieces = [_HEAD.format(data=_text(data))]
    pieces += ["\n".join(_table_lines(table)) + "\n" for table in proposal.tables]
    return "\n".join(pieces)


def _table_lines(table: ProposedTable) -> Iterator[str]:
    mapping = table.mapping
    yield from (f"# {_comment(reason)}" for reason in table.reasons)
    yield from (f"# UNSURE: {_comment(doubt)}" for doubt in table.unsure)
    if mapping is None:
        yield f"# {_comment(', '.join(table.files))}: not loaded"
        return
    yield f"[tables.{mapping.name}]"
    yield f"files = [{', '.join(_text(name) for name in mapping.files)}]"
    yield f"format = {_text(mapping.format.value)}"
    if mapping.time_format is not None:
        yield f"time_format = {_text(mapping.time_format)}"
    if mapping.timezone != "UTC":
        yield f"timezone = {_text(mapping.timezone)}"
    yield from _mapping_lines(mapping)


def _mapping_lines(mapping: TableMapping) -> Iterator[str]:
    name = mapping.name
    if mapping.account is not None:
        yield from ("", f"[tables.{name}.account]", *_pairs(_account_pairs(mapping.account)))
    for link in mapping.links:
        yield from ("", f"[[tables.{name}.link]]", *_pairs(_link_pairs(link)))
    if mapping.payment is not None:
        yield from ("", f"[tables.{name}.payment]", *_pairs(_payment_pairs(mapping.payment)))
    if mapping.label is not None:
        yield from ("", f"[tables.{name}.label]", *_pairs(_label_pairs(mapping.label)))


def _account_pairs(account: AccountMapping) -> dict[str, str | None]:
    return {
        "id": _text(account.id),
        "role": _optional(account.role),
        "created_at": _optional(account.created_at),
        "market": _optional(account.market),
        "display_name": _optional(account.display_name),
        "measures": _named(account.measures),
        "traits": _named(account.traits),
    }


def _link_pairs(link: LinkMapping) -> dict[str, str | None]:
    several = "[" + ", ".join(_text(name) for name in link.identifier) + "]"
    return {
        "kind": _text(link.kind),
        "account": _text(link.account),
        "identifier": _text(link.identifier[0]) if len(link.identifier) == 1 else several,
        "alias": _optional(link.alias),
        "by_alias": "true" if link.by_alias else None,
        "seen_at": _optional(link.seen_at),
        "event_count": _optional(link.event_count),
        "when": _when(link.when),
        "unknown_account": _text("skip") if link.unknown_account is UnknownAccount.SKIP else None,
    }


def _payment_pairs(payment: PaymentMapping) -> dict[str, str | None]:
    return {
        "id": _text(payment.id),
        "payer": _text(payment.payer),
        "payee": _optional(payment.payee),
        "amount": _optional(payment.amount),
        "amount_is_minor": "true" if payment.amount_is_minor else None,
        "currency": _optional(payment.currency),
        "default_currency": _optional(payment.default_currency),
        "status": _optional(payment.status),
        "category": _optional(payment.category),
        "paid_at": _optional(payment.paid_at),
        "when": _when(payment.when),
    }


def _label_pairs(label: LabelMapping) -> dict[str, str | None]:
    words = ", ".join(f"{_text(word)} = {_text(verdict.value)}" for word, verdict in label.verdicts)
    return {
        "account": _text(label.account),
        "verdict": _text(label.verdict),
        "reported_at": _optional(label.reported_at),
        "verdicts": f"{{ {words} }}" if words else None,
        "when": _when(label.when),
        "unknown_account": _text("skip") if label.unknown_account is UnknownAccount.SKIP else None,
    }


def _pairs(pairs: dict[str, str | None]) -> Iterator[str]:
    return (f"{key} = {value}" for key, value in pairs.items() if value is not None)


def _when(conditions: tuple[Condition, ...]) -> str | None:
    pairs = ", ".join(f"{_text(condition.column)} = {_text(condition.value)}" for condition in conditions)
    return f"{{ {pairs} }}" if pairs else None


def _named(columns: tuple[tuple[str, str], ...]) -> str | None:
    pairs = ", ".join(f"{_text(name)} = {_text(column)}" for name, column in columns)
    return f"{{ {pairs} }}" if pairs else None


def _optional(name: str | None) -> str | None:
    return None if name is None else _text(name)


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's, save the one character that TOML wants escaped
    besides."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
