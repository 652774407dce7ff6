"""Names, mailboxes and telephone numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.market import Market
from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.opaque import mixed_below, mixed_share
from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, Setting
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Floats, Ints, chance

PHONE_SHARE = 0.86
FAMILY_PHONE_SHARE = 0.06  # of those at home: the number of the home's first account
FAMILY_MAILBOX_SHARE = 0.015
RING_PHONE_SHARE = 0.1  # of ring members, at hardness 0
TAG_SHARE = 0.025  # of all mailboxes are written with a +tag
TAGS = ("+shop", "+offers", "+news", "+buy", "+deals", "+1", "+2", "+orders")
NO_PHONE = -1
SEPARATORS = (".", "_", "", "-")  # of the first name from the last in a mailbox
OWN_WAY = -1


@dataclass(frozen=True, slots=True)
class Handwriting:
    """(accounts,) each: how whoever made the account writes names and mailboxes.

    separator: position in SEPARATORS, OWN_WAY for any. domain_share: in [0, 1), where among the market's
    domains the mailbox is, NaN for anywhere. last_name: the number that draws the last name, mostly the
    account's own.
    """

    separator: Ints
    domain_share: Floats
    last_name: Ints


@dataclass(frozen=True, slots=True)
class Contacts:
    """(accounts,) each: the account whose mailbox and telephone this account gave (mostly itself), NO_PHONE
    for none.

    tag: 0 for none, else 1 + position in TAGS. handwriting: None where everybody writes in their own way.
    """

    mailbox: Ints
    phone: Ints
    tag: Ints
    handwriting: Handwriting | None = None


def give_contacts(params: SimulationParams, people: People, rings: Rings) -> Contacts:
    rng = generator(params, Part.ACCOUNT_TEXT)
    everybody = np.arange(len(people))
    first_at_home = _first_at_home(people)
    phone = np.where(chance(rng, len(people), FAMILY_PHONE_SHARE), first_at_home, everybody)
    mailbox = np.where(chance(rng, len(people), FAMILY_MAILBOX_SHARE), first_at_home, everybody)
    earlier = _earlier_member(rng, rings)
    share = params.between(RING_PHONE_SHARE, RING_PHONE_SHARE / 3)
    lends = chance(rng, len(earlier), share)
    phone[rings.account[lends]] = rings.account[earlier[lends]]
    variant = rng.random(len(earlier)) < rings.numbers(lambda typology: typology.mailbox_share)[
        rings.ring
    ] * params.between(1.0, 0.4)
    mailbox[rings.account[variant]] = rings.account[earlier[variant]]
    phone = np.where(chance(rng, len(people), PHONE_SHARE), phone, NO_PHONE)
    tagged = chance(rng, len(people), TAG_SHARE) | (mailbox != everybody)
    tag = np.where(tagged, 1 + rng.integers(len(TAGS), size=len(people)), 0)
    return Contacts(mailbox, phone, tag)


def _first_at_home(people: People) -> Ints:
    first = np.arange(len(people))
    at_home = people.of_setting(Setting.HOME)
    first[at_home] = at_home[np.searchsorted(people.home[at_home], people.home[at_home])]
    return first


def _earlier_member(rng: np.random.Generator, rings: Rings) -> Ints:
    """For each member the position of an earlier member of its ring, or its own where it is the first."""
    start = rings.first_members()[rings.ring]
    before = np.arange(len(rings.ring)) - start
    return start + (rng.random(len(before)) * before).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Words of all markets in one row; market m's n-th is at first[m] + n."""

    words: pa.Array
    first: Ints
    count: Ints

    def of(self, market: Ints, number: Ints, key: int) -> pa.Array:
        """A word of each market, chosen by the number alone."""
        return self.at(market, mixed_share(number, key))

    def at(self, market: Ints, share: Floats) -> pa.Array:
        """The word of each market that stands at this share, in [0, 1), of its words."""
        drawn = np.floor(share * self.count[market]).astype(np.int64)
        return self.words.take(pa.array(self.first[market] + drawn))


def _lexicon(words_of_market: list[tuple[str, ...]]) -> _Lexicon:
    count = np.array([len(words) for words in words_of_market])
    return _Lexicon(
        pa.array([w for words in words_of_market for w in words]), np.cumsum(count) - count, count
    )


def _names(market: Market, latin: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(n[latin] for n in market.first_names), tuple(n[latin] for n in market.last_names)


_FIRST, _LAST = (_lexicon([_names(m, 0)[part] for m in MARKETS]) for part in (0, 1))
_FIRST_LATIN, _LAST_LATIN = (_lexicon([_names(m, 1)[part] for m in MARKETS]) for part in (0, 1))
_DOMAINS = _lexicon([m.domains for m in MARKETS])
_PREFIXES = _lexicon([m.phone_prefixes for m in MARKETS])
_PHONE_DIGITS = np.array([m.phone_digits for m in MARKETS])


def display_names(people: People, contacts: Contacts, account: Ints, key: int) -> pa.Array:
    market, last = people.market[account], _number_of_last_name(contacts, account)
    return pc.binary_join_element_wise(_FIRST.of(market, account, key), _LAST.of(market, last, key + 1), " ")


def _number_of_last_name(contacts: Contacts, account: Ints) -> Ints:
    return account if contacts.handwriting is None else contacts.handwriting.last_name[account]


def emails(people: People, contacts: Contacts, account: Ints, key: int) -> pa.Array:
    """first.last, digits that no other mailbox has, perhaps a tag; the owner's name, whoever gives the
    mailbox.
    """
    owner = contacts.mailbox[account]
    market = people.market[owner]
    separator = mixed_below(owner, key + 2, len(SEPARATORS))
    domain_share = mixed_share(owner, key + 3)
    if (hand := contacts.handwriting) is not None:
        separator = np.where(hand.separator[owner] == OWN_WAY, separator, hand.separator[owner])
        domain_share = np.where(np.isnan(hand.domain_share[owner]), domain_share, hand.domain_share[owner])
    digits = pc.cast(pa.array(_scattered(owner, len(people))), pa.string())
    tag = pa.array(["", *TAGS]).take(pa.array(contacts.tag[account]))
    first = _FIRST_LATIN.of(market, owner, key)
    last = _LAST_LATIN.of(market, _number_of_last_name(contacts, owner), key + 1)
    between = pa.array(SEPARATORS).take(pa.array(separator))
    return pc.binary_join_element_wise(
        first, between, last, digits, tag, pa.scalar("@"), _DOMAINS.at(market, domain_share), ""
    )


def phones(people: People, contacts: Contacts, account: Ints, key: int) -> pa.Array:
    """E.164, null for none. Two owners may draw the same number by chance, as recycled numbers do; it is
    very rare.
    """
    owner = contacts.phone[account]
    none = owner == NO_PHONE
    owner = np.where(none, 0, owner)
    market = people.market[owner]
    digits = _PHONE_DIGITS[market]
    # the first free digit is 2 to 8: no trunk code, no service number
    lead = 2 + mixed_below(owner, key + 5, 7)
    rest = mixed_below(owner, key + 6, 10**7) % 10 ** (digits - 1)
    number = lead * 10 ** (digits - 1) + rest
    strings = pc.binary_join_element_wise(
        _PREFIXES.of(market, owner, key + 4), pc.cast(pa.array(number), pa.string()), ""
    )
    return pc.if_else(pa.array(none), pa.scalar(None, pa.string()), strings)


def _scattered(number: Ints, count: int) -> Ints:
    """A bijection of 0 .. 2 ** bits - 1, with two bits to spare over `count`."""
    bits = max(12, int(count - 1).bit_length() + 2)
    mask = (1 << bits) - 1
    z = number
    for factor in (0x9E3779B1, 0x85EBCA77):
        z = (z * factor) & mask
        z ^= z >> (bits // 2)
    return z
