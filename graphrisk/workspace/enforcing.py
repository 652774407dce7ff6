"""Wires a workspace, its ledger, its plans and its keys to the verbs of enforcement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from graphrisk.enforce import signatures
from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.plan import PlanOrder
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.enforce.tokens import account_token
from graphrisk.errors import ConfigError, NotFoundError, WorkspaceBusyError
from graphrisk.flows.answer import choose_run
from graphrisk.flows.enforcement.approve import Desk, Saying, SeenPlan, approve_plan, reject_plan, view_plan
from graphrisk.flows.enforcement.make_plan import MadePlan, PlanSides, plan_actions
from graphrisk.flows.enforcement.refuse import Guard, NobodyKnown, refuse_all, refuse_identifiers
from graphrisk.flows.enforcement.sign import PersonalSigner
from graphrisk.model.ledger import Approved, Rejected
from graphrisk.stores.duckdb.answers import AnswerStore
from graphrisk.stores.duckdb.enforcement_facts import EnforcementFacts
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger, tell_nobody
from graphrisk.stores.enforcement.places import EnforcementPlaces, find_keys
from graphrisk.stores.enforcement.plan_files import PlanFiles
from graphrisk.stores.enforcement.state_database import StateDatabase
from graphrisk.workspace.guarding import guard_with, guarding
from graphrisk.workspace.policy_file import read_policy

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What is done about the rings of one workspace. tell: is told what a person should know, as that an
    interrupted write was cleaned up."""

    shop: Workspace
    places: EnforcementPlaces
    keys: KeyFolder
    tell: Callable[[str], None] = tell_nobody

    @classmethod
    def open(cls, shop: Workspace, keys: Path, tell: Callable[[str], None] = tell_nobody) -> Enforcement:
        """keys: their folder. Raises NotFoundError before `enforce init`, ConfigError for keys that are not
        there."""
        places = EnforcementPlaces(shop.folder, keys)
        if not places.ledger.exists():
            raise NotFoundError(
                "nothing was set up for enforcement here", where=str(places.folder),
                remedy="`graphrisk enforce init` makes a policy, keys and the ledger",
            )  # fmt: skip
        return cls(shop, places, KeyFolder.open(keys), tell)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.places, self.keys, tell=self.tell)

    @property
    def plan_files(self) -> PlanFiles:
        return PlanFiles(self.places.plans)

    def policy(self) -> Policy:
        return read_policy(self.places.policy)

    def state(self) -> EnforcementState:
        """Of the ledger, now."""
        return replay(self.ledger.read())

    def token_of(self) -> Callable[[str], str]:
        """account id -> subject."""
        return partial(account_token, self.keys.token_key())

    def plan(self, order: PlanOrder, signer: PersonalSigner | None = None) -> MadePlan:
        """See flows.enforcement.make_plan. signer: of the author, where the policy names keys."""
        policy, kinds = self.policy(), self.shop.config.mapping.kinds
        with self.shop.reading() as connection:
            refuse_identifiers(guard_with(self.shop, connection), order.author, "--by")
            self._warn_of_strangers(policy, connection)
            run = choose_run(ResultStore(connection), None)
            sides = PlanSides(
                EnforcementFacts(connection), AnswerStore(connection), self.plan_files, self.ledger,
                self.token_of(), self.keys.token_key(), (signer, is_signed_by),
            )  # fmt: skip
            made = plan_actions(sides, run, policy, kinds, order)
        self.keep_state(made.state, made.names)
        return made

    def _warn_of_strangers(self, policy: Policy, connection: duckdb.DuckDBPyConnection) -> None:
        """An id with a slip of the pen protects nobody."""
        query = "SELECT count(*) FROM known_account WHERE list_contains(?, account_id)"
        found = connection.execute(query, [sorted(policy.allow_list)]).fetchall()
        missing = len(policy.allow_list) - int(found[0][0])
        if missing:
            self.tell(
                f"warning: {missing:,} of the {len(policy.allow_list):,} ids on the allow-list are in no"
                " table; ids are case-sensitive"
            )

    def present(self) -> RunFacts:
        """Of the latest run, as the workspace is now."""
        with self.shop.reading() as connection:
            return EnforcementFacts(connection).read_run_facts(choose_run(ResultStore(connection), None))

    def desk(self) -> Desk:
        return Desk(
            self.plan_files, self.ledger, self.policy(), self.present, self.keys.token_key(), is_signed_by
        )

    def view(self, plan_id: str, account_id: str | None, ring: str | None, saying: Saying) -> SeenPlan:
        """See flows.enforcement.approve.view_plan."""
        self.refuse_names(("--by", saying.by))
        subject = None if account_id is None else self.token_of()(account_id)
        return view_plan(self.desk(), plan_id, subject, ring, saying)

    def approve(self, plan_id: str, saying: Saying) -> Approved:
        """See flows.enforcement.approve.approve_plan."""
        self.refuse_names(("--by", saying.by), ("--note", saying.note))
        return approve_plan(self.desk(), plan_id, saying)

    def reject(self, plan_id: str, saying: Saying) -> Rejected:
        """See flows.enforcement.approve.reject_plan."""
        self.refuse_names(("--by", saying.by), ("--note", saying.note))
        return reject_plan(self.desk(), plan_id, saying)

    def refuse_names(self, *told: tuple[str, str]) -> None:
        """Raises ConfigError where a text that goes into the ledger names somebody. told: (flag, text)."""
        with guarding(self.shop) as guard:
            refuse_all(guard, told)

    def refuse_names_even_if_busy(self, *told: tuple[str, str]) -> None:
        """As refuse_names; where the tables cannot be asked because another process writes them, only what
        looks like an identifier is refused: what has to be stopped or taken back does not wait for a
        detection."""
        try:
            self.refuse_names(*told)
        except WorkspaceBusyError:
            self.tell("the workspace is busy: texts were not searched for names that only its tables know")
            refuse_all(Guard(NobodyKnown(), self.shop.config.mapping.region), told)

    def keep_state(self, state: EnforcementState, names: Mapping[str, str] | None = None) -> None:
        """Write the state database, where it is behind. names: subject -> account id, of accounts that it may
        not know yet; of others that it lacks the tables are asked."""
        store = StateDatabase(self.places.state)
        known = dict(names or {})
        if store.read_head() == state.head and not known:
            return
        lacking = set(state.actions_of) - set(store.read_names()) - set(known) - state.erased
        if lacking:
            known |= {name: account for name, account in self._every_account() if name in lacking}
        store.write_state(state, known)

    def read_names(self) -> dict[str, str]:
        """subject -> account id, of all that were ever in a plan and are not erased."""
        return StateDatabase(self.places.state).read_names()

    def _every_account(self) -> list[tuple[str, str]]:
        token_of = self.token_of()
        with self.shop.reading() as connection:
            rows = connection.execute("SELECT account_id FROM known_account").fetchall()
        return [(token_of(str(account)), str(account)) for (account,) in rows]


@dataclass(frozen=True, slots=True)
class PersonalKey:
    """Somebody's own Ed25519 key: PKCS8 in PEM."""

    path: Path

    def sign_text(self, text: bytes) -> str:
        """Hexadecimal. Raises ConfigError where the file holds no such key."""
        try:
            key = load_pem_private_key(self.path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError("no private key in PEM without a password", where=str(self.path)) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError("an Ed25519 key is wanted", where=str(self.path))
        return key.sign(text).hex()


def is_signed_by(public_key: str, text: bytes, signature: str) -> bool:
    """public_key, signature: hexadecimal."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        return signatures.is_signed_by(key, text, bytes.fromhex(signature))
    except ValueError:
        return False


def keys_folder(told: Path | str | None) -> Path:
    """As said, else GRAPHRISK_KEYS, else in the user's configuration."""
    return find_keys() if told is None else Path(told)


def now() -> datetime:
    """Naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
