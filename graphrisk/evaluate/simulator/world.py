"""The synthetic marketplace as arrays: people, what they use, whom they pay, what was found out; and the
rings among them.

settle_people -> plant_rings -> honest uses -> ring uses -> blend_in -> sessions, payments, labels ->
tables.py
"""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.evaluate.simulator.agencies import use_agency_things
from graphrisk.evaluate.simulator.camouflage import blend_in
from graphrisk.evaluate.simulator.contacts import Contacts, give_contacts
from graphrisk.evaluate.simulator.homes import give_up_own, use_home_things, use_own_things
from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, settle_people
from graphrisk.evaluate.simulator.public_places import use_public_places
from graphrisk.evaluate.simulator.ring_things import use_ring_things
from graphrisk.evaluate.simulator.ring_trade import trade_in_rings
from graphrisk.evaluate.simulator.rings import Rings, plant_rings
from graphrisk.evaluate.simulator.sessions import Sessions, open_sessions
from graphrisk.evaluate.simulator.spelling import Spellings, choose_spellings
from graphrisk.evaluate.simulator.strangers import pass_things_on
from graphrisk.evaluate.simulator.trade import Payments, join_payments, rank_sellers, trade_honestly
from graphrisk.evaluate.simulator.uses import Kind, UsesByKind, join_by_kind
from graphrisk.evaluate.simulator.verdicts import Labels, report_labels


@dataclass(frozen=True, slots=True)
class World:
    """uses: one row for each account and thing, sorted by account and time. spellings: of uses[ADDRESS], row
    by row. ring_things: what each ring gave its members to use, brought by it or borrowed from honest people.
    """

    params: SimulationParams
    people: People
    rings: Rings
    contacts: Contacts
    uses: UsesByKind
    spellings: Spellings
    sessions: Sessions
    payments: Payments
    labels: Labels
    ring_things: UsesByKind


def build_world(params: SimulationParams) -> World:
    return live_through(params, *plant_rings(params, settle_people(params)))


def live_through(params: SimulationParams, rings: Rings, people: People) -> World:
    """What these people do in the window, the rings among them."""
    honest = _honest_uses(params, people)
    of_rings = use_ring_things(params, rings, honest)
    uses = blend_in(params, people, rings, honest, of_rings)
    del honest
    sessions = open_sessions(params, people, uses)
    sellers = rank_sellers(generator(params, Part.SELLER), people)
    payments = join_payments(
        [
            trade_honestly(params, people, rings, sellers),
            trade_in_rings(params, people, rings, sellers),
        ]
    ).sorted_by_time(generator(params, Part.PAYMENT_ORDER))
    return World(
        params=params,
        people=people,
        rings=rings,
        contacts=give_contacts(params, people, rings),
        uses=uses,
        spellings=choose_spellings(params, uses[Kind.ADDRESS], of_rings[Kind.ADDRESS], rings),
        sessions=sessions,
        payments=payments,
        labels=report_labels(params, people, rings, payments),
        ring_things=of_rings,
    )


def _honest_uses(params: SimulationParams, people: People) -> UsesByKind:
    at_home = join_by_kind(
        [
            use_own_things(params, people),
            use_home_things(params, people),
            use_agency_things(params, people),
        ]
    )
    everywhere = [at_home, pass_things_on(params, people, at_home), use_public_places(params, people)]
    return give_up_own(params, people, join_by_kind(everywhere))
