"""What people own and share at home: a phone each, a tablet, a card, an address and an IP between them;
dorms likewise.

(:Account)-[:SHIPPED_TO]->(:Address)<-[:SHIPPED_TO]-(the family, or six hundred students)
"""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, Setting
from graphrisk.evaluate.simulator.sampling import Bools, Ints, chance
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, UsesByKind, join_uses, source_of, things

SECOND_DEVICE_SHARE = 0.2
CARD_SHARE = 0.8
SECOND_CARD_SHARE = 0.1
SHIPS_HOME_SHARE = 0.82
ONLINE_AT_HOME_SHARE = 0.85
SHARED_TABLET_SHARE = 0.3  # of homes with one; each member uses it with TABLET_USE_SHARE
TABLET_USE_SHARE = 0.65
FAMILY_CARD_SHARE = 0.22
FAMILY_CARD_USE_SHARE = 0.6
RECYCLED_IP_SHARE = 0.12  # of homes: the provider gave the IP to another home before
MOVED_IN_SHARE = 0.04  # of homes: another customer lived at the address before
OWN_GIVEN_UP_SHARE = 0.35
OWN_GIVEN_UP_AT_AGENCY_SHARE = 0.75
STUDENTS_AN_IP = 40
MOST_IPS_OF_A_DORM = 1000  # more than any has; numbers its IPs
FLAT_SHARE_SIZE = 4  # students of one flat share its own things as a home does


def use_own_things(params: SimulationParams, people: People) -> UsesByKind:
    """Devices and cards that nobody else has. Everybody has one device; most have a card."""
    rng = generator(params, Part.HOME)
    count = len(people)
    everybody = np.arange(count)
    second_device = np.flatnonzero(chance(rng, count, SECOND_DEVICE_SHARE))
    card = np.flatnonzero(chance(rng, count, CARD_SHARE))
    second_card = np.flatnonzero(chance(rng, count, SECOND_CARD_SHARE))
    devices, cards = np.concatenate([everybody, second_device]), np.concatenate([card, second_card])
    device_number = np.concatenate([everybody, count + second_device])
    card_number = np.concatenate([card, count + second_card])
    return {
        Kind.DEVICE: Uses(devices, things(Source.OWN, device_number), people.moments(rng, devices)),
        Kind.INSTRUMENT: Uses(cards, things(Source.OWN, card_number), people.moments(rng, cards)),
    }


def give_up_own(params: SimulationParams, people: People, uses: UsesByKind) -> UsesByKind:
    """Who has a device or a card to share often has none besides: agency staff mostly, the others
    sometimes.
    """
    rng = generator(params, Part.GIVING_UP)
    kept = dict(uses)
    for kind in (Kind.DEVICE, Kind.INSTRUMENT):
        of_kind = uses[kind]
        source = source_of(of_kind.thing)
        share = np.zeros(len(people))
        share[of_kind.account[source != Source.OWN]] = OWN_GIVEN_UP_SHARE
        share[of_kind.account[source == Source.AGENCY]] = OWN_GIVEN_UP_AT_AGENCY_SHARE
        given_up = (source == Source.OWN) & (rng.random(len(of_kind)) < share[of_kind.account])
        kept[kind] = of_kind.where(~given_up)
    return kept


def use_home_things(params: SimulationParams, people: People) -> UsesByKind:
    rng = generator(params, Part.HOUSEHOLD)
    at_home, in_dorm = people.of_setting(Setting.HOME), people.of_setting(Setting.DORM)
    home = people.home[at_home]
    flat = home[-1] + 1 + np.arange(len(in_dorm)) // FLAT_SHARE_SIZE
    resident = np.concatenate([at_home, in_dorm])
    home_of_resident = np.concatenate([home, flat])
    home_count = int(home_of_resident[-1]) + 1

    address_of_home = _some_take_over(rng, home_count, MOVED_IN_SHARE)
    ip_of_home = _some_take_over(rng, home_count, RECYCLED_IP_SHARE)
    in_house = np.arange(len(resident)) < len(at_home)
    ships = in_house & chance(rng, len(resident), SHIPS_HOME_SHARE)
    online = in_house & chance(rng, len(resident), ONLINE_AT_HOME_SHARE)
    address, ip = address_of_home[home_of_resident], ip_of_home[home_of_resident]
    dorm_uses = _use_dorms(rng, people, in_dorm)
    home_address = _at(rng, people, resident, things(Source.HOME, address), ships)
    home_ip = _at(rng, people, resident, things(Source.HOME, ip), online)
    return {
        Kind.ADDRESS: join_uses([home_address, dorm_uses[Kind.ADDRESS]]),
        Kind.IP: join_uses([home_ip, dorm_uses[Kind.IP]]),
        Kind.DEVICE: _shared_at_home(
            rng, people, resident, home_of_resident, (SHARED_TABLET_SHARE, TABLET_USE_SHARE)
        ),
        Kind.INSTRUMENT: _shared_at_home(
            rng, people, resident, home_of_resident, (FAMILY_CARD_SHARE, FAMILY_CARD_USE_SHARE)
        ),
    }


def _use_dorms(rng: np.random.Generator, people: People, students: Ints) -> UsesByKind:
    """One address for the whole dorm; its network leaves by one IP for about forty students."""
    dorm = people.home[students]
    ips_of_dorm = np.maximum(np.bincount(dorm)[dorm] / STUDENTS_AN_IP, 1)
    floor = dorm * MOST_IPS_OF_A_DORM + (rng.random(len(students)) * ips_of_dorm).astype(np.int64)
    ships = chance(rng, len(students), SHIPS_HOME_SHARE)
    return {
        Kind.ADDRESS: _at(rng, people, students, things(Source.DORM, dorm), ships),
        Kind.IP: _at(rng, people, students, things(Source.DORM, floor), np.ones(len(students), dtype=bool)),
    }


def _shared_at_home(
    rng: np.random.Generator, people: People, resident: Ints, home: Ints, shares: tuple[float, float]
) -> Uses:
    """A thing that stands in some homes and is used by some who live there: shares = (of homes, of
    residents).
    """
    home_share, use_share = shares
    present = chance(rng, int(home[-1]) + 1, home_share)
    uses_it = present[home] & chance(rng, len(resident), use_share)
    return _at(rng, people, resident, things(Source.HOME, home), uses_it)


def _some_take_over(rng: np.random.Generator, home_count: int, share: float) -> Ints:
    """(home_count,) each home's thing number: its own, or for `share` of them that of another home."""
    other = rng.integers(home_count, size=home_count)
    return np.where(chance(rng, home_count, share), other, np.arange(home_count)).astype(np.int64)


def _at(rng: np.random.Generator, people: People, account: Ints, thing: Ints, chosen: Bools) -> Uses:
    return Uses(account[chosen], thing[chosen], people.moments(rng, account[chosen]))
