"""The kinds of identifier that accounts share, as data.

Loaders, weights, explanations, documentation and (later) the Neo4j schema are derived from these records:
a new kind is one record here, or one `[kinds.NAME]` section in graphrisk.toml, and no `if` anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Normaliser(StrEnum):
    """How a raw value becomes the key that two accounts are compared by (see sources/normalise.py)."""

    EXACT = "exact"  # trimmed, otherwise as it is
    FOLDED = "folded"  # trimmed and case-folded: hexadecimal ids, wallet addresses
    PHONE = "phone"  # E.164
    EMAIL = "email"  # canonical mailbox: case, +tags, dots where the provider ignores them
    IP = "ip"  # canonical IPv4, or the /64 of an IPv6 address
    ADDRESS = "address"  # sorted tokens that survive case, punctuation and common abbreviations


class Nature(StrEnum):
    """What sort of thing a kind of identifier is: what is learned about one kind is applied to all of its
    nature."""

    DEVICE = "device"
    INSTRUMENT = "instrument"  # what pays
    PLACE = "place"  # where goods go
    NETWORK = "network"  # where a connection comes from
    CONTACT = "contact"  # where a person is reached
    OTHER = "other"


class Comparison(StrEnum):
    """How values that are not equal may still be alike (graph/families.py, graph/likeness.py)."""

    EXACT = "exact"  # they are not
    # Families: values that share what cannot be changed at no cost are one more thing that accounts share.
    ADDRESS = "address"  # one door, one building
    IP = "ip"  # one network
    EMAIL = "email"  # the same letters at the same provider
    PHONE = "phone"  # one block of a hundred numbers
    # Likeness: slips of the pen, pair by pair.
    NAME = "name"  # of a person or a place
    DATE = "date"
    DIGITS = "digits"  # a number that is written down, not measured
    TEXT = "text"  # several words


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """One kind of identifier.

    trust_share: m_t of the evidence formula (graph/weights.py), in (0, 1]: how far sharing an identifier of
      this kind that nobody else has means one operator.
    label, relationship: what the kind is called in Neo4j, `(:Account)-[:relationship]->(:label)`.
    words: how a person says that two accounts share it.
    nature: what sort of thing it is.
    comparison: whether values that differ are compared, and how.
    single_valued: every account has one value, as a person has one date of birth; then another value speaks
      against one operator. Only of kinds that are compared for likeness.
    one_cause_with: the kind of which it tells nothing new, as a device's advertising id does of the device;
      measured where nobody says so (graph/causes.py).
    """

    name: str
    normaliser: Normaliser
    trust_share: float
    label: str
    relationship: str
    words: str
    comparison: Comparison = Comparison.EXACT
    single_valued: bool = False
    nature: Nature = Nature.OTHER
    one_cause_with: str | None = None


KINDS: tuple[IdentifierKind, ...] = (
    IdentifierKind(
        "device", Normaliser.EXACT, 1.0, "Device", "USED_DEVICE", "same device", nature=Nature.DEVICE
    ),
    IdentifierKind(
        "instrument", Normaliser.EXACT, 0.9, "Instrument", "PAID_WITH", "same payment instrument",
        nature=Nature.INSTRUMENT,
    ),
    IdentifierKind(
        "address", Normaliser.ADDRESS, 0.6, "Address", "SHIPPED_TO", "same address", Comparison.ADDRESS,
        nature=Nature.PLACE,
    ),
    IdentifierKind(
        "ip", Normaliser.IP, 0.3, "Ip", "SEEN_AT", "same IP", Comparison.IP, nature=Nature.NETWORK
    ),
    IdentifierKind(
        "phone", Normaliser.PHONE, 0.9, "Phone", "HAS_PHONE", "same phone", Comparison.PHONE,
        nature=Nature.CONTACT,
    ),
    IdentifierKind(
        "email", Normaliser.EMAIL, 0.9, "Email", "HAS_EMAIL", "same mailbox", Comparison.EMAIL,
        nature=Nature.CONTACT,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindSet:
    """The declared kinds of one workspace: the built-in ones and those of its graphrisk.toml, ordered by
    name.

    The position of a kind in `kinds` is its integer code wherever arrays carry kinds.
    """

    kinds: tuple[IdentifierKind, ...]

    @classmethod
    def of(cls, declared: Iterable[IdentifierKind]) -> KindSet:
        """Later records replace earlier ones of the same name."""
        by_name = {kind.name: kind for kind in declared}
        return cls(tuple(by_name[name] for name in sorted(by_name)))

    def names(self) -> tuple[str, ...]:
        return tuple(kind.name for kind in self.kinds)

    def compared(self) -> tuple[IdentifierKind, ...]:
        """Those whose values may be alike without being equal."""
        return tuple(kind for kind in self.kinds if kind.comparison is not Comparison.EXACT)

    def named(self, name: str) -> IdentifierKind | None:
        return next((kind for kind in self.kinds if kind.name == name), None)


BUILT_IN_KINDS = KindSet.of(KINDS)
