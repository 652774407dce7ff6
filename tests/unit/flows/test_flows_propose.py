"""What init makes of tables that it has never seen."""

from __future__ import annotations

import pytest

from graphrisk.flows.guess import SampledColumn, SampledTable, time_format_of
from graphrisk.flows.propose import ProposedTable, propose_mapping
from graphrisk.model.layout import DEFAULT_LAYOUT
from graphrisk.model.mapping import TableFormat, TableMapping
from graphrisk.sources.columns import mapped_columns


def sampled(name: str, **columns: list[str]) -> SampledTable:
    cells = tuple(SampledColumn(column, tuple(values)) for column, values in columns.items())
    return SampledTable(name, (f"{name}.csv",), TableFormat.CSV, cells, 2)


def proposed(table: SampledTable) -> ProposedTable:
    (found,) = propose_mapping([table]).tables
    return found


def mapping_of(table: SampledTable) -> TableMapping:
    mapping = proposed(table).mapping
    assert mapping is not None
    return mapping


@pytest.mark.parametrize("default", DEFAULT_LAYOUT, ids=lambda table: table.name)
def test_a_table_of_the_default_layout_is_taken_as_it_is_without_a_doubt(default: TableMapping) -> None:
    table = proposed(sampled(default.name, **{column: ["1"] for column in mapped_columns(default)}))
    assert table.unsure == ()
    assert table.mapping is not None
    assert (table.mapping.account, table.mapping.links) == (default.account, default.links)
    assert (table.mapping.payment, table.mapping.label) == (default.payment, default.label)


def test_what_a_default_table_lacks_is_left_out() -> None:
    mapping = mapping_of(sampled("sessions", account_id=["a"], ip=["10.0.0.1"]))
    assert [(link.kind, link.seen_at) for link in mapping.links] == [("ip", None)]
    (address,) = mapping_of(sampled("addresses", account_id=["a"], address_id=["7"])).links
    assert (address.identifier, address.by_alias) == (("address_id",), True)


def test_one_table_may_hold_accounts_links_payments_and_labels() -> None:
    table = sampled(
        "signups",
        user_id=["1", "2"],
        signup_time=["2/24/15 22:55", "6/7/15 20:39"],
        purchase_time=["4/18/15 2:47", "6/8/15 1:38"],
        purchase_value=["34", "16"],
        device_id=["Q", "E"],
        source=["SEO", "Ads"],
        **{"class": ["0", "1"]},
    )
    mapping = mapping_of(table)
    assert mapping.account is not None
    assert (mapping.account.id, mapping.account.created_at) == ("user_id", "signup_time")
    assert [(link.kind, link.account) for link in mapping.links] == [("device", "user_id")]
    assert mapping.payment is not None
    assert (mapping.payment.payer, mapping.payment.amount) == ("user_id", "purchase_value")
    assert mapping.label is not None
    assert mapping.label.verdict == "class"
    assert mapping.time_format == "%m/%d/%y %H:%M"
    assert any("no column identifies a payment" in doubt for doubt in proposed(table).unsure)


def test_values_tell_what_a_strange_header_does_not() -> None:
    table = sampled(
        "t", customer=["c1", "c1"], f1=["10.0.0.1", "::1"], f2=["a@b.de", "c@d.de"], f3=["+4930123456"] * 2
    )
    assert [(link.kind, link.identifier) for link in mapping_of(table).links] == [
        ("ip", ("f1",)),
        ("email", ("f2",)),
        ("phone", ("f3",)),
    ]
    assert len(proposed(table).unsure) >= 3


def test_a_table_that_says_whose_rows_it_holds_nowhere_is_left_out() -> None:
    table = proposed(sampled("merchants", sku=["1"], weight=["2"]))
    assert table.mapping is None
    assert table.unsure


def test_columns_of_two_lists_never_meet_in_one_payment() -> None:
    columns = {
        "customer.customer_id": ["1"],
        "orders[].order_id": ["o"],
        "orders[].amount": ["5"],
        "cards[].currency": ["EUR"],
    }
    payment = mapping_of(sampled("t", **columns)).payment
    assert payment is not None
    assert (payment.amount, payment.currency) == ("orders[].amount", None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2/24/15 22:55", "%m/%d/%y %H:%M"),
        ("1636903130", "unix_s"),
        ("1636903130123", "unix_ms"),
        ("2024-01-01T00:00:00Z", None),
        ("31.12.2023 10:00", "%d.%m.%Y %H:%M"),
    ],
)
def test_time_formats_are_told_from_values(value: str, expected: str | None) -> None:
    assert time_format_of([value]) == expected
