"""A finished run and its rings, for a notebook or a script: pandas on top, Arrow and networkx on request.

pandas, networkx and the drawing are imported when first asked for: the command line starts in half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from graphrisk.flows.answer import AccountAnswer, IdentifierChoice, RingChoice, ask_account
from graphrisk.flows.explain import MemberPath, explain_members
from graphrisk.flows.export import ExportOrder, ExportReport, export_results
from graphrisk.flows.follow import open_ring
from graphrisk.model.counterfactuals import Counterfactual
from graphrisk.model.findings import (
    ExposureFinding,
    IdentifierFinding,
    InnocenceFinding,
    KnownLabel,
    LikenessFinding,
    MemberFinding,
    RingDossier,
    RingFinding,
    SeedShare,
    SharedIdentifier,
    SignalFinding,
    TieFinding,
)
from graphrisk.model.kinds import KindSet
from graphrisk.model.runs import RunRecord
from graphrisk.stores.duckdb.answers import AnswerStore
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.likeness_answers import LikenessAnswers
from graphrisk.stores.duckdb.names import NameStore
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.workspace.detection import SystemMeter

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

Finding = (
    MemberFinding
    | SignalFinding
    | InnocenceFinding
    | TieFinding
    | ExposureFinding
    | SharedIdentifier
    | KnownLabel
)
Reading = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring of one run, read whole. In a notebook it shows its picture."""

    dossier: RingDossier
    kinds: KindSet

    @property
    def ring_id(self) -> str:
        return self.dossier.ring.ring_id

    @property
    def score(self) -> float:
        """In 0..1: where the prior judged, the probability that most members are one ring; else it ranks."""
        return self.dossier.ring.score

    @property
    def members(self) -> pd.DataFrame:
        """account_id, role, closeness, confidence, account_risk, bits, reasons, not_automatic,
        detectors; riskiest first."""
        return _frame(self.dossier.members, MemberFinding)

    @property
    def signals(self) -> pd.DataFrame:
        """signal, value, points, words: what the score is made of, the weightiest first."""
        return _frame(self.dossier.signals, SignalFinding)

    @property
    def innocence(self) -> pd.DataFrame:
        """explanation, bits, words: how well each innocent explanation fits, the best first."""
        return _frame(self.dossier.innocence, InnocenceFinding)

    @property
    def ties(self) -> pd.DataFrame:
        """other_ring_id, bits, identifier_count, payee_count, words; the strongest first."""
        return _frame(self.dossier.ties, TieFinding)

    @property
    def exposure(self) -> pd.DataFrame:
        """Money at stake, one row a currency; see model.findings.ExposureFinding."""
        return _frame(self.dossier.exposure, ExposureFinding)

    @property
    def evidence(self) -> pd.DataFrame:
        """One row per identifier on a hop of a strongest path; see model.findings.SharedIdentifier."""
        return _frame(self.dossier.evidence, SharedIdentifier)

    @property
    def labels(self) -> pd.DataFrame:
        """account_id, verdict, reason, reported_at of the labels known at as-of."""
        return _frame(self.dossier.labels, KnownLabel)

    def explain(self, account_id: str | None = None) -> tuple[MemberPath, ...]:
        """The path to the core of each member, or of one. Raises NotFoundError if that is no member."""
        return explain_members(self.dossier, self.kinds, account_id)

    def to_networkx(self, *, identifiers: bool = True) -> nx.Graph:
        """Accounts and identifiers as nodes, see report.network.build_network; without identifiers accounts
        alone, see build_account_network. Of all that members share, what is on their strongest paths."""
        from graphrisk.report.network import build_account_network, build_network  # noqa: PLC0415 - see above

        return build_network(self.dossier) if identifiers else build_account_network(self.dossier)

    def to_svg(self) -> str:
        """A self-contained picture; the same ring gives the same bytes."""
        from graphrisk.report.ring_svg import render_ring_svg  # noqa: PLC0415 - see above

        return render_ring_svg(self.dossier)

    def to_text(self, width: int = 80) -> str:
        """What its members share and who shares it, in lines of at most that many characters."""
        from graphrisk.report.ring_text import render_ring_text  # noqa: PLC0415 - see above

        return render_ring_text(self.dossier, width)

    def _repr_svg_(self) -> str:
        return self.to_svg()


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run. A question opens the database for as long as the answer takes, no longer."""

    record: RunRecord
    kinds: KindSet
    reading: Reading

    @property
    def run_id(self) -> str:
        return self.record.run_id

    @property
    def rings(self) -> pd.DataFrame:
        """Columns as in model.tables.RING, best score first."""
        return self._frame("ring")

    @property
    def members(self) -> pd.DataFrame:
        """Columns as in model.tables.RING_MEMBER."""
        return self._frame("ring_member")

    @property
    def ties(self) -> pd.DataFrame:
        """Columns as in model.tables.RING_TIE: what two rings have in common without being one, the
        strongest first."""
        return self._frame("ring_tie")

    @property
    def innocence(self) -> pd.DataFrame:
        """Columns as in model.tables.RING_INNOCENCE: each innocent explanation of each ring."""
        return self._frame("ring_innocence")

    @property
    def exposure(self) -> pd.DataFrame:
        """Columns as in model.tables.RING_EXPOSURE: money at stake, by ring and currency."""
        return self._frame("ring_exposure")

    @property
    def accounts(self) -> pd.DataFrame:
        """Columns as in model.tables.ACCOUNT_RISK: one row for every account that the run knew."""
        return self._frame("account_risk")

    @property
    def events(self) -> pd.DataFrame:
        """Columns as in model.tables.RING_EVENT: what became of each name, in this run."""
        return self._frame("ring_event")

    @property
    def identifiers(self) -> pd.DataFrame:
        """Columns as in model.tables.IDENTIFIER_RISK: identifiers that a ring may have brought."""
        return self._frame("identifier_risk")

    def arrow(self, name: str) -> pa.Table:
        """A result table: ring, ring_member, ring_signal, ring_innocence, ring_tie, ring_exposure, evidence,
        account_risk, belief_source, belief_seed, identifier_risk, judgement_held, judged_label, ring_event,
        ring_move, ring_carrier, ring_manner, ring_likeness or likeness_aspect. Raises NotFoundError."""
        with self.reading() as connection:
            return ResultStore(connection).read_result(self.run_id, name)

    def find_rings(self, choice: RingChoice) -> tuple[RingFinding, ...]:
        """The chosen rings as values, best score first."""
        with self.reading() as connection:
            return tuple(AnswerStore(connection).read_rings(self.run_id, choice))

    def find_identifiers(self, choice: IdentifierChoice) -> tuple[IdentifierFinding, ...]:
        """The chosen identifiers that a ring may have brought, the most probable first."""
        with self.reading() as connection:
            return tuple(AnswerStore(connection).read_identifiers(self.run_id, choice))

    def ring(self, name: str) -> Ring:
        """The ring of that name, or the only one whose name starts so; of one that was merged by then, what
        it leads to. Raises NotFoundError."""
        with self.reading() as connection:
            library, lives = AnswerStore(connection), NameStore(connection)
            return Ring(open_ring(library, lives, self.record, name), self.kinds)

    def likeness(self, name: str) -> tuple[LikenessFinding, ...]:
        """Rings that were taken down and may have come back as the ring of that name, the most probable
        first; see flows.liken. Raises NotFoundError as `ring` does."""
        ring_id = self.ring(name).ring_id
        with self.reading() as connection:
            return LikenessAnswers(connection).read_likeness(self.run_id, ring_id)

    def account(self, account_id: str) -> AccountAnswer:
        """Raises NotFoundError with near ids."""
        with self.reading() as connection:
            return ask_account(AnswerStore(connection), self.kinds, self.record, account_id)

    def what_if(self, name: str, account_id: str | None = None) -> Counterfactual:
        """The fewest identifiers without which this account leaves the ring of that name, or, without one,
        the ring falls apart; each answer is confirmed by detecting again, which is as often a detection's
        work. Raises NotFoundError, and InputError where the tables have changed since."""
        from graphrisk.flows.what_if import ask_what_if, set_scene  # noqa: PLC0415 - igraph and scipy
        from graphrisk.risk.counterfactual import SearchParams  # noqa: PLC0415 - see above
        from graphrisk.stores.duckdb.known import KnownReader  # noqa: PLC0415 - numpy, see above
        from graphrisk.workspace.prior_files import read_prior  # noqa: PLC0415 - LightGBM

        dossier = self.ring(name).dossier
        with self.reading() as connection:
            judgements = JudgementStore(connection).read_judgements()
            source, meter = KnownReader(connection, judgements), SystemMeter(lambda _: None)
            before = NameStore(connection).read_recalled(self.record)
            scene = set_scene(source, self.record, read_prior(), meter, judgements, before)
        return ask_what_if(scene, dossier, account_id, SearchParams())

    def seeds(self, account_ids: Sequence[str]) -> tuple[SeedShare, ...]:
        """What each labelled account gave the propagated belief of these, at most ten each, the largest
        first; spread again from the tables. Raises NotFoundError, and InputError where those have changed."""
        from graphrisk.flows.rebuild import ask_seeds, read_again  # noqa: PLC0415 - igraph and scipy
        from graphrisk.stores.duckdb.known import KnownReader  # noqa: PLC0415 - numpy, see above

        with self.reading() as connection:
            judgements = JudgementStore(connection).read_judgements()
            seen = read_again(KnownReader(connection, judgements), self.record, judgements)
        return ask_seeds(seen, account_ids)

    def to_networkx(self, *, identifiers: bool = True) -> nx.Graph:
        """All that the run looked at: who holds what, see report.network.build_link_network; without
        identifiers the pairs of accounts that it kept, those that only look alike among them, see
        build_pair_network. Both are built again from the
        tables and judgements. Raises InputError where those have changed since."""
        from graphrisk.flows.rebuild import rebuild_graph  # noqa: PLC0415 - igraph and scipy
        from graphrisk.report.network import build_link_network, build_pair_network  # noqa: PLC0415 - see above
        from graphrisk.stores.duckdb.known import KnownReader  # noqa: PLC0415 - numpy, see above

        with self.reading() as connection:
            judgements = JudgementStore(connection).read_judgements()
            found = rebuild_graph(KnownReader(connection, judgements), self.record, judgements)
            risks = ResultStore(connection).read_result(self.run_id, "account_risk")
        if identifiers:
            return build_link_network(found.links, found.llr, risks)
        return build_pair_network(found.graph, found.look_llr, risks)

    def export(self, order: ExportOrder) -> ExportReport:
        """Write rings or accounts to a file or to stdout; see flows.export.ExportKind."""
        from graphrisk.stores.exports import ExportFiles  # noqa: PLC0415 - pyarrow.compute, see above

        with self.reading() as connection:
            return export_results(ResultStore(connection), ExportFiles(), self.run_id, order)

    def _frame(self, name: str) -> pd.DataFrame:
        frame: pd.DataFrame = self.arrow(name).to_pandas()
        return frame

    def _repr_html_(self) -> str:
        return self.rings.head(20).to_html(escape=True, index=False)


def _frame(findings: Sequence[Finding], kind: type[Finding]) -> pd.DataFrame:
    """Its columns are there where no row is."""
    columns = {field.name: [getattr(each, field.name) for each in findings] for field in fields(kind)}
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame
