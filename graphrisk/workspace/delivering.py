"""Wires a workspace to what delivers packages and tells what was delivered."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from graphrisk.enforce.acknowledgements import PackageDelivery, tell_deliveries
from graphrisk.enforce.deliveries import DeliveryReport, find_package
from graphrisk.enforce.receivers import Receiver
from graphrisk.enforce.state import replay
from graphrisk.errors import NotFoundError
from graphrisk.flows.enforcement.deliver import DeliveryOrder, DeliverySides, deliver
from graphrisk.stores.enforcement.delivery_desk import DeliveryFiles
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.signed_packages import SignedPackages
from graphrisk.stores.enforcement.webhook import Patience, WebhookSender
from graphrisk.stores.enforcement.webhook_secrets import read_webhook_secrets
from graphrisk.workspace.applying import StopFile
from graphrisk.workspace.enforcing import Enforcement, now

PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """package: its name, or how it starts. to: a receiver of the policy. Others as in DeliveryOrder."""

    package: str
    to: str
    by: str
    reopen: bool = False
    record_seconds: float = 2.0


def deliver_from_workspace(
    desk: Enforcement,
    request: DeliveryRequest,
    progress: Callable[[str, float], None],
    patience: Patience = PATIENCE,
) -> DeliveryReport:
    """See flows.enforcement.deliver.deliver. Raises ConfigError where the name of whoever delivers names
    somebody of the tables."""
    desk.refuse_names_even_if_busy(("--by", request.by))
    receiver = _find_receiver(desk, request.to)
    webhooks = read_webhook_secrets(desk.keys, receiver.name, os.environ)
    order = DeliveryOrder(request.package, receiver, request.by, request.reopen, request.record_seconds)
    with WebhookSender(receiver, webhooks, patience) as sender:
        sides = DeliverySides(
            desk.ledger, SignedPackages(PackageStore(desk.places.packages), desk.keys), sender,
            DeliveryFiles(desk.places), StopFile(desk.places.stop), now, progress,
        )  # fmt: skip
        return deliver(sides, order)


def workspace_deliveries(desk: Enforcement, package: str | None) -> tuple[PackageDelivery, ...]:
    """package: only this one, by its name or how it starts; None: all. See enforce.acknowledgements."""
    entries = desk.ledger.read()
    name = None if package is None else find_package(replay(entries), package).body.package_id
    return tell_deliveries(entries, name, now())


def _find_receiver(desk: Enforcement, name: str) -> Receiver:
    receivers = {receiver.name: receiver for receiver in desk.policy().receivers}
    if name in receivers:
        return receivers[name]
    there = ", ".join(sorted(receivers))
    raise NotFoundError(
        "no such receiver", where="policy.toml [receivers]", value=name,
        remedy=f"one of {there}" if there else 'add [receivers.NAME] with url = "https://..."',
    )  # fmt: skip
