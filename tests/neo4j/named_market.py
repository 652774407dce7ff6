"""A marketplace whose names a person can read, for what is seen on a screen, with rings to be found in it.

THE CREW      eleven accounts on two devices, two cards and a phone, four of them known bad; three live in a
              student house with thirty others, who have nothing to do with it
THE ATTACKERS five accounts on one device, whose ids and names attack whoever draws them
a second crew of five with one known bad, a family, a depot; and many on their own
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from graphrisk.workspace import Workspace

# Each would set window.attacked, if it ever became a part of the page
ATTACKERS = (
    "<img src=x onerror=attacked=1>",
    "<svg onload=attacked=1>",
    "evil\u202egnp.exe\u2066",
    "\"'`</text><script>attacked=1</script>",
    "'}) DETACH DELETE n //",
)
ATTACKERS_DEVICE = "<script>attacked=1</script>"
CREW = (
    "ana.silva", "ben.okoye", "carla.neri", "dina.haas", "emil.kova", "farid.aziz", "greta.lind",
    "hugo.marin", "ines.prado", "jonas.berg", "kira.novak",
)  # fmt: skip
CREW_BAD = ("ana.silva", "carla.neri", "emil.kova", "farid.aziz")
STUDENT_HOUSE = "4 Abbey Yard, York"
PAYEE = "quick.gadgets"  # where the crew's money goes

_CREW_LINKS = {
    "pixel 7f3a": ("ana.silva", "ben.okoye", "carla.neri", "dina.haas", "emil.kova"),
    "iphone 19c2": ("farid.aziz", "greta.lind", "hugo.marin", "ana.silva"),
    "visa 4417": ("carla.neri", "farid.aziz", "ines.prado", "jonas.berg"),
    "visa 8032": ("dina.haas", "hugo.marin"),
    "+44 20 7946 0018": ("jonas.berg", "kira.novak"),
    STUDENT_HOUSE: ("greta.lind", "hugo.marin", "ana.silva"),
}
_SECOND_CREW = ("lena.roth", "mia.lopez", "noel.dubois", "olga.petrov", "pedro.cruz")
_FAMILY = ("jo.palmer", "li.palmer", "ma.palmer", "pa.palmer")
_DEPOT = ("depot.north", "depot.east", "depot.south", "depot.west", "depot.night", "depot.returns")
_GROUP_LINKS = {
    "pixel 88c1": _SECOND_CREW[:3],
    "visa 5521": _SECOND_CREW[2:],
    "9 Hope Street, Bath": _FAMILY,
    "family tablet": _FAMILY[1:],
    "visa 1200": _FAMILY[2:],
    "depot scanner": _DEPOT,
    "+44 20 7946 0321": _DEPOT[:4],
    ATTACKERS_DEVICE: ATTACKERS,
}
_STUDENTS = tuple(f"student.{number:02}" for number in range(30))
_OTHERS = tuple(f"user.{number:03}" for number in range(400))

_CONFIG = """
data = "tables"
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "account_id"
created_at = "created_at"
display_name = "display_name"
[tables.links]
files = ["links.csv"]
{links}
[tables.payments]
files = ["payments.csv"]
[tables.payments.payment]
id = "payment_id"
payer = "payer_id"
payee = "payee_id"
amount = "amount"
currency = "currency"
status = "status"
paid_at = "paid_at"
[tables.labels]
files = ["labels.csv"]
[tables.labels.label]
account = "account_id"
verdict = "label"
reported_at = "reported_at"
"""
_LINK = """
[[tables.links.link]]
kind = "{kind}"
account = "account_id"
identifier = "{kind}"
seen_at = "seen_at"
"""
_KINDS = ("device", "instrument", "phone", "address")
_BEGIN = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - naive UTC, as everywhere


def make_named_market(folder: Path) -> Workspace:
    """The workspace, loaded, with one run."""
    data = folder / "tables"
    data.mkdir(parents=True)
    links = "".join(_LINK.format(kind=kind) for kind in _KINDS)
    (folder / "graphrisk.toml").write_text(_CONFIG.format(links=links), encoding="utf-8")
    _write(data / "accounts.csv", ("account_id", "created_at", "display_name"), _account_rows())
    _write(data / "links.csv", ("account_id", *_KINDS, "seen_at"), _link_rows())
    _write(
        data / "payments.csv",
        ("payment_id", "payer_id", "payee_id", "amount", "currency", "status", "paid_at"),
        _payment_rows(),
    )
    labels = [(name, "fraud", _at(90)) for name in (*CREW_BAD, _SECOND_CREW[2])]
    labels += [(name, "legit", _at(90)) for name in (_STUDENTS[0], _OTHERS[0])]
    _write(data / "labels.csv", ("account_id", "label", "reported_at"), labels)
    market = Workspace.open(folder)
    market.load()
    market.detect(workers=1)
    return market


def _account_rows() -> Iterator[Sequence[str]]:
    groups = (*CREW, *ATTACKERS, *_SECOND_CREW, *_FAMILY, *_DEPOT)
    for day, name in enumerate((*groups, PAYEE, *_STUDENTS, *_OTHERS)):
        yield name, _at(day % 80), name.replace(".", " ").title() if name not in ATTACKERS else name


def _link_rows() -> Iterator[Sequence[str]]:
    """One identifier a row."""

    def row(day: int, account: str, kind: str, identifier: str) -> Sequence[str]:
        return account, *(identifier if kind == each else "" for each in _KINDS), _at(day % 80)

    for identifier, names in (_CREW_LINKS | _GROUP_LINKS).items():
        kind = _kind_of(identifier)
        yield from (row(day, name, kind, identifier) for day, name in enumerate(names))
    yield from (row(day, name, "address", STUDENT_HOUSE) for day, name in enumerate(_STUDENTS))
    for number, name in enumerate((PAYEE, *_STUDENTS, *_OTHERS)):
        yield row(number, name, "device", f"own device {number}")


def _kind_of(identifier: str) -> str:
    if identifier.startswith("+"):
        return "phone"
    if "visa" in identifier:
        return "instrument"
    return "address" if "," in identifier else "device"


def _payment_rows() -> Iterator[Sequence[str]]:
    for number, name in enumerate(CREW):
        status = "chargeback" if name in CREW_BAD else "paid"
        yield f"crew {number}", name, PAYEE, f"{80 + number}.50", "GBP", status, _at(60 + number)
    for number, (payer, payee) in enumerate(zip(_OTHERS[::2], _OTHERS[1::2], strict=True)):
        yield f"other {number}", payer, payee, "20.00", "GBP", "paid", _at(number % 80)
    for number, name in enumerate((*_SECOND_CREW, *_FAMILY, *_DEPOT)):
        yield f"group {number}", name, _OTHERS[number], f"{15 + number}.00", "GBP", "paid", _at(number)


def _at(day: int) -> str:
    return (_BEGIN + timedelta(days=day)).isoformat()


def _write(
    path: Path, header: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
