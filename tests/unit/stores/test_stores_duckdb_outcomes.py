"""What came out, and over which time anything is known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from small_shop import MAP_ACCOUNTS, MAP_DEVICES, MAP_LABELS, MAP_PAYMENTS
from tables_on_disk import make_workspace

from graphrisk.evaluate.backtest.dates import Spans
from graphrisk.evaluate.backtest.outcomes import OutcomeTables
from graphrisk.model.tables import LABEL
from graphrisk.stores.duckdb.outcomes import OutcomeReader

TOML = MAP_ACCOUNTS + MAP_DEVICES + MAP_PAYMENTS + MAP_LABELS
ACCOUNTS = "id,created_at\n" + "".join(f"a{n},2024-01-01\n" for n in range(4))
SEEN = "id,device,at\n" + "".join(f"a{n},d{n},2024-02-0{n + 1}\n" for n in range(4))
PAYMENTS = (
    "id,payer,payee,amount,currency,status,paid_at\np1,a0,,,,chargeback,2024-02-20\np2,a0,,,,chargeback,2024-02-10\n"
    "p3,a1,,,,refunded,2024-02-11\np4,a2,,,,chargeback,\np5,a3,,,,paid,2024-02-25\n"
)
LABELS = "id,label,at\na0,fraud,2024-02-15\na1,ok,2024-01-05\na2,fraud,\na3,unknown,2024-05-01\n"


def read(folder: Path, labels: str = LABELS) -> tuple[Spans, OutcomeTables]:
    files = {"accounts.csv": ACCOUNTS, "seen.csv": SEEN, "payments.csv": PAYMENTS, "labels.csv": labels}
    shop = make_workspace(folder, TOML, files)
    shop.load()
    with shop.reading() as connection:
        reader = OutcomeReader(connection)
        return reader.read_spans(), reader.read_outcomes()


def at(month: int, day: int) -> datetime:
    return datetime(2024, month, day)  # noqa: DTZ001 - naive UTC, as everywhere


def test_the_first_payment_that_was_charged_back_counts_if_it_has_a_time(tmp_path: Path) -> None:
    _, outcomes = read(tmp_path)
    assert outcomes.chargebacks.to_pylist() == [{"account_id": "a0", "paid_at": at(2, 10)}]


def test_every_label_is_read_whenever_it_came(tmp_path: Path) -> None:
    _, outcomes = read(tmp_path)
    assert outcomes.labels.schema.names == LABEL.names
    told = {row["account_id"]: (row["verdict"], row["reported_at"]) for row in outcomes.labels.to_pylist()}
    assert told == {
        "a0": ("bad", at(2, 15)), "a1": ("good", at(1, 5)), "a2": ("bad", None), "a3": ("unknown", at(5, 1)),
    }  # fmt: skip


def test_enough_is_known_once_links_and_bad_labels_are(tmp_path: Path) -> None:
    """A quarter of the links by 1 February, the first bad label on the 15th. Activity ends with p5."""
    spans, _ = read(tmp_path)
    assert spans == Spans(enough_at=at(2, 15), active_until=at(2, 25), ends_at=at(5, 1))


@pytest.mark.parametrize("labels", ["id,label,at\n", "id,label,at\na1,ok,2024-02-15\na0,fraud,\n"])
def test_without_a_bad_label_that_has_a_time_it_is_never_enough(labels: str, tmp_path: Path) -> None:
    spans, _ = read(tmp_path, labels)
    assert (spans.enough_at, spans.active_until) == (None, at(2, 25))
