"""A marketplace of 20,000 accounts: what it holds, and what it must not give away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graphrisk.errors import ConfigError
from graphrisk.evaluate.simulator.desk import open_desk
from graphrisk.evaluate.simulator.opaque import ids
from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.rings import LARGEST_RING
from graphrisk.evaluate.simulator.tables import observed_tables
from graphrisk.evaluate.simulator.truth_tables import truth_tables
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES
from graphrisk.evaluate.simulator.uses import Kind, Source, source_of
from graphrisk.evaluate.simulator.world import World, build_world

PARAMS = SimulationParams(account_count=20_000, hardness=0.5, seed=3)

Tables = dict[str, pa.Table]


def tables_of(world: World) -> tuple[Tables, Tables]:
    desk = open_desk(world)
    observed = {name: pa.concat_tables(parts) for name, parts in observed_tables(desk)}
    return observed, {name: pa.concat_tables(parts) for name, parts in truth_tables(desk)}


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(PARAMS)


@pytest.fixture(scope="module")
def tables(world: World) -> Tables:
    return tables_of(world)[0]


@pytest.fixture(scope="module")
def truth(world: World) -> Tables:
    return tables_of(world)[1]


def holders(account: pa.ChunkedArray, value: pa.ChunkedArray) -> np.ndarray:
    """How many distinct accounts each distinct value has."""
    pairs = (
        pa.table({"account": account, "value": value})
        .drop_null()
        .group_by(["account", "value"])
        .aggregate([])
    )
    return pairs.group_by("value").aggregate([("account", "count")])["account_count"].to_numpy()


def test_the_tables_have_the_columns_of_the_default_layout(tables: Tables) -> None:
    assert {name: table.column_names for name, table in tables.items()} == {
        "accounts": ["account_id", "role", "created_at", "market", "email", "phone", "display_name"],
        "sessions": ["account_id", "device_id", "ip", "seen_at"],
        "addresses": ["account_id", "address_id", "line", "city", "postcode", "used_at"],
        "instruments": ["account_id", "instrument_id", "kind", "added_at"],
        "payments": [
            "payment_id", "payer_id", "payee_id", "instrument_id", "address_id", "device_id", "ip",
            "amount", "currency", "status", "category", "paid_at",
        ],
        "labels": ["account_id", "label", "reported_at"],
    }  # fmt: skip


def test_equal_params_give_equal_tables(tables: Tables, truth: Tables) -> None:
    observed, true = tables_of(build_world(PARAMS))
    assert all(observed[name].equals(tables[name]) for name in tables)
    assert all(true[name].equals(truth[name]) for name in truth)


def test_another_seed_shares_no_account_id(tables: Tables) -> None:
    other, _ = tables_of(build_world(SimulationParams(account_count=20_000, hardness=0.5, seed=4)))
    both = pc.is_in(other["accounts"]["account_id"], value_set=tables["accounts"]["account_id"])
    assert not pc.any(both).as_py()


def test_each_part_draws_from_a_stream_of_its_own() -> None:
    firsts = [generator(PARAMS, part).integers(2**62) for part in Part]
    assert len(set(firsts)) == len(Part)


def test_keys_are_unique(tables: Tables) -> None:
    for table, key in (("accounts", "account_id"), ("addresses", "address_id"), ("payments", "payment_id")):
        column = tables[table][key]
        assert pc.count_distinct(column).as_py() == len(column)


def test_payments_are_made_with_what_their_payer_has(tables: Tables) -> None:
    payments = tables["payments"]
    for table, column in (
        ("instruments", "instrument_id"),
        ("addresses", "address_id"),
        ("sessions", "device_id"),
    ):
        used = payments.select(["payer_id", column]).drop_null().rename_columns(["account_id", column])
        left = used.join(
            tables[table].select(["account_id", column]), ["account_id", column], join_type="left anti"
        )
        assert left.num_rows == 0, column
    v4 = payments.filter(pc.invert(pc.match_substring(payments["ip"], ":"))).select(["payer_id", "ip"])
    sessions = tables["sessions"].select(["account_id", "ip"])
    assert (
        v4.rename_columns(["account_id", "ip"])
        .join(sessions, ["account_id", "ip"], join_type="left anti")
        .num_rows
        == 0
    )


def test_nothing_happens_before_sign_up_or_outside_the_window(tables: Tables) -> None:
    accounts = tables["accounts"].select(["account_id", "created_at"])
    for table, owner, column in (
        ("sessions", "account_id", "seen_at"),
        ("addresses", "account_id", "used_at"),
        ("instruments", "account_id", "added_at"),
        ("payments", "payer_id", "paid_at"),
    ):
        events = tables[table].select([owner, column]).rename_columns(["account_id", "at"])
        joined = events.join(accounts, "account_id", join_type="inner")
        assert joined.num_rows == events.num_rows
        assert pc.all(pc.greater_equal(joined["at"], joined["created_at"])).as_py(), table
        span = pc.min_max(events["at"]).as_py()
        assert span["min"] >= PARAMS.starts_at
        assert span["max"] < PARAMS.ends_at


def test_rows_stand_in_the_order_of_time(tables: Tables) -> None:
    for table, column in (("accounts", "created_at"), ("sessions", "seen_at"), ("payments", "paid_at")):
        at = tables[table][column].to_numpy()
        assert (at[1:] >= at[:-1]).all()


def test_telephone_numbers_are_valid_in_their_country(tables: Tables) -> None:
    accounts = tables["accounts"].slice(0, 3_000).to_pylist()
    for account in accounts:
        if account["phone"] is not None:
            number = phonenumbers.parse(account["phone"])
            assert phonenumbers.is_valid_number(number), account["phone"]
            assert account["market"] in phonenumbers.region_codes_for_country_code(number.country_code) or (
                account["market"] == "GR"
            )


def test_amounts_have_the_digits_of_their_currency(tables: Tables) -> None:
    payments = tables["payments"]
    amounts = payments.filter(pc.equal(payments["currency"], "JPY"))["amount"].to_pylist()
    assert amounts
    assert all(amount == int(amount) > 0 for amount in amounts)
    assert pc.min(payments["amount"]).as_py() > 0


def test_honest_sharing_has_heavy_tails(tables: Tables) -> None:
    sessions, addresses, instruments = tables["sessions"], tables["addresses"], tables["instruments"]
    text = pc.utf8_lower(
        pc.binary_join_element_wise(addresses["line"], addresses["city"], addresses["postcode"], " ")
    )
    ip, address = holders(sessions["account_id"], sessions["ip"]), holders(addresses["account_id"], text)
    device = holders(sessions["account_id"], sessions["device_id"])
    instrument = holders(instruments["account_id"], instruments["instrument_id"])
    assert ip.max() > 1_000  # a carrier's NAT
    assert (address > 60).sum() >= 5  # lockers, dorms
    assert ((address >= 2) & (address <= 6)).sum() > 2_000  # homes
    assert (device >= 3).sum() > 300
    assert ((instrument >= 2).sum()) > 1_000


def test_people_of_every_kind_share_things_honestly(world: World) -> None:
    honest = ~np.isin(np.arange(20_000), world.rings.account)
    sources: dict[Kind, set[int]] = {
        kind: set(np.unique(source_of(uses.thing[honest[uses.account]])).tolist())
        for kind, uses in world.uses.items()
    }
    assert {Source.HOME, Source.AGENCY, Source.KIOSK, Source.OWN} <= sources[Kind.DEVICE]
    assert {Source.HOME, Source.DORM, Source.AGENCY, Source.OFFICE, Source.LOCKER} <= sources[Kind.ADDRESS]
    assert {Source.CARRIER, Source.WIFI, Source.OFFICE, Source.HOME, Source.DORM} <= sources[Kind.IP]
    assert {Source.GIFT_CARD, Source.COMPANY, Source.AGENCY, Source.HOME} <= sources[Kind.INSTRUMENT]


def test_sign_ups_come_in_bursts(tables: Tables) -> None:
    created = tables["accounts"]["created_at"].to_numpy()
    hours = np.bincount(((created - created.min()) // np.timedelta64(3600, "s")).astype(int))
    in_window = hours[-PARAMS.day_count * 24 :]
    assert in_window.max() > 8 * np.median(in_window)


def test_rings_are_of_every_typology_and_of_heavy_tailed_size(world: World, truth: Tables) -> None:
    members = truth["ring_members"]
    assert set(members["typology"].to_pylist()) == {typology.name for typology in TYPOLOGIES}
    sizes = world.rings.sizes()
    assert sizes.min() >= 3
    assert 30 < sizes.max() <= LARGEST_RING
    assert np.median(sizes) <= 8
    assert 0.02 <= members.num_rows / 20_000 <= 0.03
    assert pc.count_distinct(members["account_id"]).as_py() == members.num_rows


def test_truth_and_members_agree(truth: Tables) -> None:
    accounts = truth["accounts"]
    bad = accounts.filter(accounts["is_fraud"])["account_id"]
    assert set(bad.to_pylist()) == set(truth["ring_members"]["account_id"].to_pylist())
    assert accounts.num_rows == 20_000


def told_of(tables: Tables, kind: str) -> pa.Table:
    """account_id and identifier, as the tables say it."""
    if kind == "address":
        book = tables["addresses"]
        text = pc.binary_join_element_wise(book["line"], book["city"], book["postcode"], ", ")
        return pa.table({"account_id": book["account_id"], "identifier": text})
    table, column = {
        "device": ("sessions", "device_id"),
        "ip": ("sessions", "ip"),
        "instrument": ("instruments", "instrument_id"),
    }[kind]
    return tables[table].select(["account_id", column]).rename_columns(["account_id", "identifier"])


@pytest.mark.parametrize("kind", list(Kind))
def test_each_identifier_of_a_ring_is_in_the_tables_in_the_hands_of_its_members(
    tables: Tables, truth: Tables, kind: Kind
) -> None:
    brought = truth["identifiers"].filter(pc.equal(truth["identifiers"]["kind"], kind.value))
    assert brought.num_rows > 20
    told = told_of(tables, kind.value).drop_null().group_by(["account_id", "identifier"]).aggregate([])
    held = brought.join(told, "identifier", join_type="inner")
    assert pc.count_distinct(held["identifier"]) == pc.count_distinct(brought["identifier"])
    members = truth["ring_members"].select(["account_id", "ring_id"])
    by_members = held.join(members, ["account_id", "ring_id"], join_type="inner")
    # The rest: strangers who were handed it, each perhaps with a spelling or a host of its own.
    assert by_members.num_rows > 0.8 * held.num_rows


def test_no_identifier_that_a_ring_borrowed_is_called_its_own(world: World, truth: Tables) -> None:
    desk = open_desk(world)
    for kind, key in ((Kind.DEVICE, desk.keys.device), (Kind.INSTRUMENT, desk.keys.instrument)):
        things = np.unique(world.ring_things[kind].thing)
        borrowed = things[source_of(things) != Source.RING]
        assert len(borrowed) > 0
        brought = truth["identifiers"].filter(pc.equal(truth["identifiers"]["kind"], kind.value))
        assert set(brought["identifier"].to_pylist()) == set(
            ids(np.setdiff1d(things, borrowed), key).to_pylist()
        )


def test_labels_are_partial_late_and_partly_wrong(world: World, tables: Tables) -> None:
    labels, rings = world.labels, world.rings
    in_ring = np.isin(labels.account, rings.account)
    fraud = labels.label == 1
    assert len(np.unique(labels.account)) == len(labels.account)
    assert 0.18 < (fraud & in_ring).sum() / len(rings.account) < 0.32
    assert (fraud & ~in_ring).sum() > 0.05 * fraud.sum()
    assert (~fraud & ~in_ring).sum() > 100
    ring_of = dict(zip(rings.account.tolist(), rings.ring.tolist(), strict=True))
    seen = {ring_of[account] for account in labels.account[fraud & in_ring].tolist()}
    assert 0.3 < 1 - len(seen) / rings.count < 0.7  # the unlucky 40 %, and small rings that chance left out
    assert labels.at[fraud].min() >= 30 * DAY
    assert labels.at.max() <= PARAMS.window + 120 * DAY
    assert tables["labels"]["reported_at"].to_pylist() == sorted(tables["labels"]["reported_at"].to_pylist())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"account_count": 49}, "accounts"),
        ({"hardness": 1.1}, "hardness"),
        ({"hardness": float("nan")}, "hardness"),
        ({"seed": -1}, "seed"),
        ({"day_count": 0}, "days"),
        ({"fraud_share": 0.0}, "fraud share"),
    ],
)
def test_impossible_params_are_refused_by_name(change: dict[str, float], named: str) -> None:
    params = SimulationParams(account_count=100, hardness=0.5, seed=1)
    with pytest.raises(ConfigError, match=named):
        replace(params, **change)  # type: ignore[arg-type]
