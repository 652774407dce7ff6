"""Where whoever hands over puts packages: each told apart by what it does, and signed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version

from graphrisk.enforce.package import Package, PackageForm, PackageHeader
from graphrisk.flows.enforcement.hand_over import HandOver
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.plan_files import PlanFiles


@dataclass(frozen=True, slots=True)
class PackageShelf:
    """Fits flows.enforcement.hand_over.PackageShelf. redress: how to object, from the policy."""

    store: PackageStore
    plans: PlanFiles
    keys: KeyFolder
    redress: str

    def write_package(self, order: HandOver, head: tuple[int, str]) -> str:
        package = Package(self._header(order, head), order.rows, order.grounds, self.redress, order.approvals)
        return self.store.write(package, self.keys)

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.store.remove_all_but(package_ids)

    def _header(self, order: HandOver, head: tuple[int, str]) -> PackageHeader:
        """What the plan was made from; empty texts where a package is about several plans, or none."""
        run_id = data = policy = judgements = ""
        if order.plan_id in self.plans.list_plans():
            plan = self.plans.read_header(order.plan_id)
            run_id, data = plan.run_id, plan.data_digest
            policy, judgements = plan.policy_digest, plan.judgements_digest
        return PackageHeader(
            order.package_id, order.purpose, order.plan_id, order.stage, run_id, data, policy, judgements,
            *head, order.at, version("graphrisk"), PackageForm.PLAIN,
        )  # fmt: skip
