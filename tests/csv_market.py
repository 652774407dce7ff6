"""A simulated marketplace as CSV tables, read by hand: who used what, when, by what the rows say."""

from __future__ import annotations

import csv
import ipaddress
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from graphrisk.cli.app import main
from graphrisk.sources.keys import ADDRESS_WORDS, phone_keys
from graphrisk.workspace import Workspace

Value = tuple[str, str]  # of kind, identifier
COLUMNS = {"device_id": "device", "ip": "ip", "instrument_id": "instrument"}
TIMES = {"sessions": "seen_at", "payments": "paid_at", "instruments": "added_at"}


@dataclass(frozen=True, slots=True)
class CsvMarket:
    """folder: of the workspace. tables: of its CSV files."""

    folder: Path
    tables: Path


def make_csv_market(folder: Path, account_count: int) -> CsvMarket:
    """Loaded, and its rings found."""
    tables, shop = folder / "tables", folder / "shop"
    asked = ["--accounts", str(account_count), "--hardness", "0.3", "--seed", "5", "--fraud-share", "0.15"]
    assert main(["simulate", str(tables), *asked, "--format", "csv"]) == 0
    assert main(["init", str(tables), "-w", str(shop)]) == 0
    opened = Workspace.open(shop)
    opened.load()
    opened.detect(workers=1)
    return CsvMarket(shop, tables)


def rows_of(market: CsvMarket, name: str) -> list[dict[str, str]]:
    with (market.tables / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def address_key(row: dict[str, str]) -> str:
    """Words and numbers without accents or case, words that are written in several ways in one, in order of
    the alphabet."""
    kept = {variant: word for word, variants in ADDRESS_WORDS for variant in variants}
    text = ", ".join(row[part] for part in ("line", "city", "postcode") if row[part])
    plain = "".join(
        c for c in unicodedata.normalize("NFD", "".join(map(str.lower, text))) if not unicodedata.combining(c)
    )
    return " ".join(sorted(kept.get(word, word) for word in re.findall(r"\w+|#", plain)))


def ip_key(text: str) -> str:
    """Of a version 6 address the network that one home has."""
    if ":" not in text:
        return text
    return str(ipaddress.IPv6Network((text, 64), strict=False))


def email_key(text: str) -> str:
    mailbox, _, domain = text.lower().partition("@")
    mailbox = mailbox.partition("+")[0]
    if domain in {"gmail.com", "googlemail.com"}:
        mailbox, domain = mailbox.replace(".", ""), "gmail.com"
    return f"{mailbox}@{domain}" if mailbox else ""


def phone_key(text: str) -> str:
    return (phone_keys(pa.array([text]), region="US").to_pylist()[0] or "") if text else ""


KEYS = {"email": email_key, "phone": phone_key, "ip": ip_key}


def uses_of(market: CsvMarket) -> dict[Value, dict[str, list[datetime]]]:
    """(kind, identifier) -> account -> when it used it, once for each row."""
    found: dict[Value, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))

    def use(kind: str, identifier: str, account: str, at: str) -> None:
        if identifier:
            found[kind, identifier][account].append(datetime.fromisoformat(at))

    keys = {row["address_id"]: address_key(row) for row in rows_of(market, "addresses")}
    for row in rows_of(market, "addresses"):
        use("address", address_key(row), row["account_id"], row["used_at"])
    for name, time in TIMES.items():
        for row in rows_of(market, name):
            account = row.get("payer_id") or row["account_id"]
            for column, kind in COLUMNS.items():
                use(kind, KEYS.get(column, str)(row.get(column, "")), account, row[time])
            if row.get("address_id"):
                use("address", keys[row["address_id"]], account, row[time])
    for row in rows_of(market, "accounts"):
        use("email", email_key(row["email"]), row["account_id"], row["created_at"])
        use("phone", phone_key(row["phone"]), row["account_id"], row["created_at"])
    return found


def without(market: CsvMarket, gone: Iterable[Value], folder: Path) -> Workspace:
    """The same tables as if nobody had ever used these, loaded into a workspace of their own."""
    gone = frozenset(gone)
    (folder / "tables").mkdir(parents=True)
    ids = {row["address_id"] for row in rows_of(market, "addresses") if ("address", address_key(row)) in gone}
    for path in market.tables.glob("*.csv"):
        rows = rows_of(market, path.stem)
        kept = [
            row
            for row in rows
            if not (path.stem == "addresses" and row["address_id"] in ids)
            and not (path.stem == "instruments" and ("instrument", row["instrument_id"]) in gone)
        ]
        for row in kept:
            for column in row.keys() & {*COLUMNS, "address_id", "email", "phone"}:
                key = KEYS.get(column, str)(row[column])
                if (COLUMNS.get(column, column), key) in gone or row[column] in ids:
                    row[column] = ""
        with (folder / "tables" / path.name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(kept)
    config = (market.folder / "graphrisk.toml").read_text(encoding="utf-8")
    (folder / "graphrisk.toml").write_text(
        re.sub(r'^data = "[^"]*"', 'data = "tables"', config, flags=re.M), encoding="utf-8"
    )
    shop = Workspace.open(folder)
    shop.load()
    return shop
