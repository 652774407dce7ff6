"""What somebody else's graph means: the [graph] section of graphrisk.toml as one frozen value.

    [[graph.account]]   nodes that are accounts
    [[graph.link]]      what they hold: a property of theirs, a node one or two relationships away
    [[graph.payment]]   who paid whom: a relationship, or a node between two
    [[graph.verdict]]   what is known of accounts already: a property, or a label

Directions are not asked for: labels tell the two ends of a link apart. Labels and types may have any name;
they reach the server as escaped names, everything else as parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphrisk.model.graph_schema import ACCOUNT, MADE, PAYMENT, TO
from graphrisk.model.kinds import KindSet
from graphrisk.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class GraphAccounts:
    """# (:label {id, role, ...}). All but label are names of properties."""

    label: str
    id: str
    role: str | None = None
    created_at: str | None = None
    market: str | None = None
    display_name: str | None = None

    @property
    def name(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class GraphLink:
    """How accounts of one label hold identifiers of one kind.

    # types 0:  (:account {identifier})                                    a list counts as several
    # types 1:  (:account)-[types[0] {seen_at}]-(:label {identifier})
    # types 2:  (:account)-[types[0]]-( {seen_at})-[types[1]]-(:label {identifier})

    last_seen_at, event_count: further properties of where seen_at stands.
    """

    kind: str
    account: str
    identifier: str
    types: tuple[str, ...] = ()
    label: str | None = None
    seen_at: str | None = None
    last_seen_at: str | None = None
    event_count: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a path that cannot be walked."""
        if len(self.types) > 2:
            raise ValueError("a link leads over at most two relationships")
        if bool(self.types) != (self.label is not None):
            raise ValueError("`types` and `label` belong together: a path, and the label at its end")
        if not self.types and (self.seen_at or self.last_seen_at or self.event_count):
            raise ValueError("a property of the account itself has no time and no count of its own")
        if self.last_seen_at is not None and self.seen_at is None:
            raise ValueError("`last_seen_at` needs `seen_at`")

    @property
    def name(self) -> str:
        return f"{'-'.join((self.account, *self.types, self.label or ''))}.{self.identifier} as {self.kind}"


@dataclass(frozen=True, slots=True)
class GraphPayment:
    """How accounts pay.

    # without node:  (:payer)-[types[0] {id, amount, ...}]->(:payee {payee_id})
    # with node:     (:payer)-[types[0]]-(:node {id, amount, ...})-[types[1]]-(:payee {payee_id})

    reverse: the relationship leads from the payee to the payer. Without id the server's own stands for it.
    """

    payer: str
    types: tuple[str, ...]
    node: str | None = None
    payee: str | None = None
    payee_id: str | None = None
    reverse: bool = False
    id: str | None = None
    amount: str | None = None
    amount_is_minor: bool = False
    currency: str | None = None
    default_currency: str | None = None
    status: str | None = None
    category: str | None = None
    paid_at: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a path that cannot be walked."""
        if (self.payee is None) != (self.payee_id is None):
            raise ValueError("`payee` and `payee_id` belong together: a label, and the property with the id")
        wanted = 1 if self.node is None or self.payee is None else 2
        if len(self.types) != wanted:
            raise ValueError(f"`types` needs {wanted} here, has {len(self.types)}")
        if self.node is None and self.payee is None:
            raise ValueError("a payment that is a relationship needs `payee` and `payee_id`")
        if self.node is not None and self.reverse:
            raise ValueError("`reverse` is for payments that are relationships")

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.payer, self.node, *self.types, self.payee)))


@dataclass(frozen=True, slots=True)
class GraphVerdict:
    """What is known of accounts: in a property, whose words `verdicts` explains, or by a label, which
    `means` the same for all that have it. reported_at: a property of the account; without it the verdict
    counts as known at every as-of time."""

    account: str
    verdict: str | None = None
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    has_label: str | None = None
    means: Verdict | None = None
    reported_at: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where neither or both ways are given."""
        if (self.verdict is None) == (self.has_label is None):
            raise ValueError("a verdict is told either by a property (`verdict`) or by a label (`has_label`)")
        if (self.has_label is None) != (self.means is None):
            raise ValueError("`has_label` and `means` belong together")

    @property
    def name(self) -> str:
        return f"{self.account} {self.verdict or self.has_label}"


GraphPart = GraphAccounts | GraphLink | GraphPayment | GraphVerdict


@dataclass(frozen=True, slots=True)
class GraphMapping:
    """timezone: the IANA zone of times that carry none. time_format: as in a table's mapping, for times that
    are no Neo4j times. score_prefix: stands before the names of the properties that graphrisk writes on
    accounts."""

    accounts: tuple[GraphAccounts, ...]
    links: tuple[GraphLink, ...] = ()
    payments: tuple[GraphPayment, ...] = ()
    verdicts: tuple[GraphVerdict, ...] = ()
    timezone: str = "UTC"
    time_format: str | None = None
    score_prefix: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for what is named twice, or refers to accounts that are not mapped."""
        if not self.accounts:
            raise ValueError("no node is an account: give at least one [[graph.account]]")
        labels = [each.label for each in self.accounts]
        for name in (*(link.account for link in self.links), *(paid.payer for paid in self.payments),
                     *(verdict.account for verdict in self.verdicts)):  # fmt: skip
            if name not in labels:
                raise ValueError(f"{name!r} is the label of no [[graph.account]]")
        for name in self.names():
            if not name or "\\" in name or not name.isprintable():
                raise ValueError(f"no label and no relationship type is called {name!r}")
        for names in (labels, [each.name for each in self.parts if not isinstance(each, GraphAccounts)]):
            if twice := _first_repeated(names):
                raise ValueError(f"{twice!r} is mapped twice")

    @property
    def parts(self) -> tuple[GraphPart, ...]:
        """In the order in which they are read."""
        return (*self.accounts, *self.links, *self.payments, *self.verdicts)

    def names(self) -> tuple[str, ...]:
        """Every label and relationship type that is mapped."""
        found: list[str | None] = [each.label for each in self.accounts]
        for link in self.links:
            found += [*link.types, link.label]
        for paid in self.payments:
            found += [*paid.types, paid.node, paid.payee]
        found += [verdict.has_label for verdict in self.verdicts]
        return tuple(name for name in found if name is not None)

    def accounts_labelled(self, label: str) -> GraphAccounts:
        return next(each for each in self.accounts if each.label == label)


def own_mapping(kinds: KindSet) -> GraphMapping:
    """The vocabulary that graphrisk writes itself, for a graph that others filled with it."""
    links = (
        GraphLink(kind.name, ACCOUNT, "id", (kind.relationship,), kind.label,
                  "first_seen_at", "last_seen_at", "event_count")
        for kind in kinds.kinds
    )  # fmt: skip
    payment = GraphPayment(
        payer=ACCOUNT, types=(MADE, TO), node=PAYMENT, payee=ACCOUNT, payee_id="id", id="id",
        amount="amount_minor", amount_is_minor=True, currency="currency", status="status",
        category="category", paid_at="paid_at",
    )  # fmt: skip
    return GraphMapping(
        accounts=(GraphAccounts(ACCOUNT, "id", "role", "created_at", "market", "display_name"),),
        links=tuple(links),
        payments=(payment,),
        verdicts=(GraphVerdict(ACCOUNT, verdict="verdict"),),
    )


def _first_repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
