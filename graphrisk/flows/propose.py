"""propose: from the headers of some tables and their first rows to a mapping, with a reason for every guess.

Tables of the default layout are taken as they are. In others each column gets a meaning (flows.guess), and
the meanings make the table an account table, payments, labels, links, or several of these at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphrisk.flows.guess import Guess, SampledTable, guess_meanings, guess_time_format, one_account_per_row
from graphrisk.model.layout import DEFAULT_LAYOUT, IDENTIFIER_MEANINGS, Meaning
from graphrisk.model.mapping import AccountMapping, LabelMapping, LinkMapping, PaymentMapping, TableMapping


@dataclass(frozen=True, slots=True)
class ProposedTable:
    """mapping None: nothing in the table is of use. reasons: in words, in the order of the columns; unsure:
    what to look at."""

    name: str
    files: tuple[str, ...]
    mapping: TableMapping | None
    reasons: tuple[str, ...]
    unsure: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    tables: tuple[ProposedTable, ...]

    @property
    def is_certain(self) -> bool:
        return not any(table.unsure for table in self.tables)


def propose_mapping(samples: Sequence[SampledTable]) -> Proposal:
    """One proposed table per sampled one, in their order. Raises nothing: what is not understood is said in
    `unsure`."""
    has_accounts = any(_default_of(sample) is not None and sample.name == "accounts" for sample in samples)
    return Proposal(tuple(_propose_table(sample, has_accounts=has_accounts) for sample in samples))


def _propose_table(sample: SampledTable, *, has_accounts: bool) -> ProposedTable:
    default = _default_of(sample)
    if default is not None:
        return ProposedTable(sample.name, sample.files, default, ("the default layout",), ())
    if not sample.columns:
        return ProposedTable(sample.name, sample.files, None, (), ("the file is empty",))
    guesses = guess_meanings(sample)
    reasons = tuple(f"{guess.column}: {guess.meaning.value}, {guess.reason}" for guess in guesses)
    unsure = [
        f"{guess.column} may be {guess.meaning.value}: {guess.reason}" for guess in guesses if not guess.sure
    ]
    taken = {guess.column for guess in guesses}
    unused = [column.name for column in sample.columns if column.name not in taken]
    if unused:
        reasons += (f"not used: {', '.join(unused)}",)
    mapping = _assembled(sample, guesses, unsure, has_accounts=has_accounts)
    return ProposedTable(sample.name, sample.files, mapping, reasons, tuple(unsure))


def _default_of(sample: SampledTable) -> TableMapping | None:
    """The table of the default layout that this one is, without the columns that it lacks."""
    default = next((table for table in DEFAULT_LAYOUT if table.name == sample.name), None)
    if default is None:
        return None
    present = {column.name for column in sample.columns}

    def kept(name: str | None) -> str | None:
        return name if name in present else None

    links = [
        replace(link, identifier=found, alias=kept(link.alias), seen_at=kept(link.seen_at))
        for link in default.links
        if link.account in present and (found := tuple(name for name in link.identifier if name in present))
    ]
    if default.name == "addresses" and not links and {"account_id", "address_id"} <= present:
        links = [LinkMapping("address", "account_id", ("address_id",), None, kept("used_at"), by_alias=True)]
    account, payment, label = default.account, default.payment, default.label
    if account is not None:
        account = (
            None
            if account.id not in present
            else replace(
                account,
                role=kept(account.role),
                created_at=kept(account.created_at),
                market=kept(account.market),
                display_name=kept(account.display_name),
            )
        )
    if payment is not None:
        payment = (
            None
            if not {payment.id, payment.payer} <= present
            else replace(
                payment,
                payee=kept(payment.payee),
                amount=kept(payment.amount),
                currency=kept(payment.currency),
                status=kept(payment.status),
                category=kept(payment.category),
                paid_at=kept(payment.paid_at),
            )
        )
    if label is not None:
        known = {label.account, label.verdict} <= present
        label = replace(label, reported_at=kept(label.reported_at)) if known else None
    needed = (default.account, default.payment, default.label)
    if any(wanted and not got for wanted, got in zip(needed, (account, payment, label), strict=True)):
        return None
    if not links and not any(needed):
        return None
    return replace(
        default,
        files=sample.files,
        format=sample.format,
        account=account,
        links=tuple(links),
        payment=payment,
        label=label,
    )


def _assembled(
    sample: SampledTable, guesses: Sequence[Guess], unsure: list[str], *, has_accounts: bool
) -> TableMapping | None:
    columns: dict[Meaning, str] = {}
    for guess in guesses:
        if (
            guess.sure
            or guess.meaning is not Meaning.PAYER
            or all(g.meaning is not Meaning.ACCOUNT for g in guesses)
        ):
            columns.setdefault(guess.meaning, guess.column)
    account = columns.get(Meaning.ACCOUNT) or columns.get(Meaning.PAYER)
    if account is None and Meaning.EMAIL in columns:
        account = columns[Meaning.EMAIL]
        unsure.append(f"there is no account id; {account} stands for it")
    if account is None:
        unsure.append("no column says whose rows these are: left out")
        return None
    any_time = next(
        (columns[m] for m in (Meaning.SEEN_AT, Meaning.PAID_AT, Meaning.CREATED_AT) if m in columns), None
    )
    payment = _payment(columns, account, any_time, unsure)
    described = {
        Meaning.CREATED_AT,
        Meaning.ROLE,
        Meaning.MARKET,
        Meaning.DISPLAY_NAME,
        *IDENTIFIER_MEANINGS,
    } & columns.keys()
    tells_accounts = bool(described) and (payment is None or Meaning.CREATED_AT in columns)
    account_mapping = None
    if tells_accounts and not has_accounts and one_account_per_row(sample, account):
        account_mapping = AccountMapping(
            account,
            columns.get(Meaning.ROLE),
            columns.get(Meaning.CREATED_AT) or any_time,
            columns.get(Meaning.MARKET),
            columns.get(Meaning.DISPLAY_NAME),
        )
    links = tuple(
        LinkMapping(guess.meaning.value, account, _identifier(guess, columns), seen_at=any_time)
        for guess in guesses
        if guess.meaning in IDENTIFIER_MEANINGS and guess.column != account
    )
    label = None
    if Meaning.LABEL in columns:
        label = LabelMapping(account, columns[Meaning.LABEL], columns.get(Meaning.REPORTED_AT))
        if label.reported_at is None:
            unsure.append(
                f"nothing says when {label.verdict} became known: it counts as known at every as-of time"
            )
    if not (account_mapping or links or payment or label):
        unsure.append("nothing in it links accounts: left out")
        return None
    return TableMapping(
        sample.name,
        sample.format,
        sample.files,
        time_format=guess_time_format(sample, columns),
        account=account_mapping,
        links=links,
        payment=payment,
        label=label,
    )


def _payment(
    columns: dict[Meaning, str], account: str, any_time: str | None, unsure: list[str]
) -> PaymentMapping | None:
    identity = columns.get(Meaning.PAYMENT_ID)
    if Meaning.AMOUNT not in columns or (identity is None and Meaning.PAID_AT not in columns):
        return None
    if identity is None:
        identity = account
        unsure.append(f"no column identifies a payment; {account} is taken, as if an account paid once")
    columns = {meaning: column for meaning, column in columns.items() if _in_list_of(column, identity)}
    if Meaning.AMOUNT not in columns:
        return None
    return PaymentMapping(
        id=identity,
        payer=columns.get(Meaning.PAYER, account),
        payee=columns.get(Meaning.PAYEE),
        amount=columns[Meaning.AMOUNT],
        currency=columns.get(Meaning.CURRENCY),
        status=columns.get(Meaning.STATUS),
        category=columns.get(Meaning.CATEGORY),
        paid_at=columns.get(Meaning.PAID_AT, any_time),
    )


def _in_list_of(column: str, other: str) -> bool:
    """Whether one row of the nested list that `other` lies in has one value of `column`."""
    return other.startswith(column.rpartition("[]")[0])


def _identifier(guess: Guess, columns: dict[Meaning, str]) -> tuple[str, ...]:
    """An address is its line with what else of it stands in the row."""
    if guess.meaning is not Meaning.ADDRESS:
        return (guess.column,)
    rest = (columns.get(Meaning.CITY), columns.get(Meaning.POSTCODE))
    return (guess.column, *(each for each in rest if each is not None and _in_list_of(each, guess.column)))
