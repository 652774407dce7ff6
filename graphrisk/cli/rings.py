"""`graphrisk rings`: list, show, explain, draw."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.explanation import (
    counterfactual_json,
    judgement_lines,
    path_json,
    path_lines,
    with_seeds,
)
from graphrisk.cli.likeness import like_ring, likeness_lines
from graphrisk.cli.named_ring import open_named_ring
from graphrisk.cli.options import (
    HERE,
    JsonOption,
    RunOption,
    SeedsOption,
    WhatIfOption,
    WorkspaceOption,
    require_place,
)
from graphrisk.cli.output import (
    Column,
    cut_to,
    note,
    print_facts,
    print_json,
    print_lines,
    print_table,
    show_progress,
)
from graphrisk.errors import ConfigError
from graphrisk.flows.answer import RingChoice
from graphrisk.flows.explain import counterfactual_words
from graphrisk.model.findings import RingDossier, RingFinding
from graphrisk.model.money import amount_words
from graphrisk.model.rings import MATCH_PROBABILITY
from graphrisk.workspace import Workspace
from graphrisk.workspace.browsing import ring_link

RingArgument = Annotated[str, typer.Argument(metavar="RING", help="A ring's name, or how it starts.")]

group = typer.Typer(help="The rings that a run found.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    group.command("like")(like_ring)
    app.add_typer(group, name="rings")


@group.command("list")
def list_rings(
    limit: Annotated[int, typer.Option(min=0, help="Show at most so many; 0 shows all.")] = 20,
    min_size: Annotated[int, typer.Option(min=0, help="Leave out rings with fewer members.")] = 0,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """List rings, the best score first.

    Example: graphrisk rings list --limit 50 --min-size 5 -w shop
    """
    chosen = Workspace.open(workspace).run(run)
    rings = cut_to(limit, chosen.find_rings(RingChoice(limit + 1 if limit else None, min_size)))
    if as_json:
        print_json({"run_id": chosen.run_id, "rings": [asdict(ring) for ring in rings]})
        return
    print_rings(rings)
    if not rings:
        note("no ring fits")


@group.command("show")
def show_ring(
    ring: RingArgument,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one ring: its members, what its score is made of, the innocent explanations that compete with it,
    other rings that it is tied to, the money at stake, the verdicts known about it, and rings that were taken
    down and may have come back as it (see `rings like`).

    Where [neo4j] or NEO4J_URI names a server, also a link that opens Neo4j Browser with the ring.

    Example: graphrisk rings show RING-7K3QX -w shop
    """
    shop = Workspace.open(workspace)
    chosen = shop.run(run)
    dossier = open_named_ring(chosen, ring).dossier
    likeness = chosen.likeness(dossier.ring.ring_id)
    link = ring_link(shop, dossier.ring.ring_id)
    if as_json:
        like = [asdict(match) for match in likeness]
        print_json({**asdict(dossier), "likeness": like, "browser": link})
        return
    _print_dossier(dossier)
    matches = [match for match in likeness if match.probability >= MATCH_PROBABILITY]
    if matches:
        print_lines(["", *likeness_lines(matches, chosen.record.as_of)])
    if link is not None:
        print_lines(["", f"in Neo4j Browser: {link}"])


@group.command("explain")
def explain_ring(
    ring: RingArgument,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="One member instead of all.")
    ] = None,
    what_if: WhatIfOption = False,
    seeds: SeedsOption = False,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why each member is in the ring: its strongest path to the core, hop by hop, in words and bits; and
    what else the ring may be.

    --what-if: the fewest identifiers without which the ring falls apart, and into what; with ACCOUNT, those
    without which the account leaves it.

    Example: graphrisk rings explain RING-7K3QX acc17 -w shop
    """
    chosen = Workspace.open(workspace).run(run)
    opened = open_named_ring(chosen, ring)
    paths = opened.explain(account)
    if seeds:
        with show_progress("spread again"):
            paths = with_seeds(paths, chosen)
    found = None
    if what_if:
        with show_progress("detect again"):
            found = chosen.what_if(opened.ring_id, account)
    if as_json:
        print_json(
            {
                "ring_id": opened.ring_id,
                "innocence": [asdict(each) for each in opened.dossier.innocence],
                "judgements": [asdict(each) for each in opened.dossier.judgements],
                "paths": [path_json(path) for path in paths],
                "what_if": None if found is None else counterfactual_json(found, opened.ring_id),
            }
        )
        return
    if account is None:
        print_lines([*_innocence_lines(opened.dossier), *judgement_lines(opened.dossier.judgements)])
    for path in paths:
        print_lines(path_lines(path))
    if found is not None:
        print_lines([counterfactual_words(found, opened.ring_id)])


@group.command("draw")
def draw_ring(
    ring: RingArgument,
    out: Annotated[
        Path | None,
        typer.Option(help="The SVG file to write; - is stdout.", show_default="text, here"),
    ] = None,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
) -> None:
    """Draw one ring: in text, as wide as the terminal, what its members share and who shares it; or as an
    SVG picture.

    Example: graphrisk rings draw RING-7K3QX --out ring.svg -w shop
    """
    if out is not None and out != Path("-"):
        require_place(out, "--out")
        if out.suffix.lower() not in ("", ".svg"):
            raise ConfigError(
                "a ring is drawn as SVG", where="--out", value=str(out),
                remedy="name a file that ends in .svg; a browser shows it",
            )  # fmt: skip
    opened = open_named_ring(Workspace.open(workspace).run(run), ring)
    if out is None:
        width = shutil.get_terminal_size().columns
        sys.stdout.write(opened.to_text(width))
        return
    picture = opened.to_svg()
    if out == Path("-"):
        sys.stdout.write(picture)
    else:
        out.write_text(picture, encoding="utf-8")


def print_rings(rings: Sequence[RingFinding], *, title: str = "") -> None:
    """bad, good: members with a known verdict."""
    columns = [
        Column("ring"),
        Column("score"),
        Column("size"),
        Column("core"),
        Column("bad"),
        Column("good"),
        Column("amount"),
        Column("innocent", fold=True),
        Column("reasons", fold=True),
    ]
    rows = [
        (
            ring.ring_id,
            ring.score,
            ring.size,
            ring.core_count,
            ring.labelled_bad_count,
            ring.labelled_good_count,
            amount_words(ring.amount_minor, ring.currency),
            innocence_words(ring),
            ring.reasons,
        )
        for ring in rings
    ]
    print_table(columns, rows, title=title)


def innocence_words(ring: RingFinding) -> str | None:
    """'household, 2.1 bits short'; None where nothing was tried."""
    if ring.innocent is None or ring.innocent_bits is None:
        return None
    fits = "short" if ring.innocent_bits < 0 else "ahead"
    return f"{ring.innocent.value.replace('_', ' ')}, {abs(ring.innocent_bits):.1f} bits {fits}"


def _innocence_lines(dossier: RingDossier) -> list[str]:
    """The best innocent explanation and why, or nothing."""
    return [
        f"innocent explanation: {innocence_words(dossier.ring)}; {each.words}"
        for each in dossier.innocence
        if each.explanation == dossier.ring.innocent
    ]


def _print_dossier(dossier: RingDossier) -> None:
    ring = dossier.ring
    print_facts(
        [
            ("score", ring.score),
            ("members", ring.size),
            ("core", ring.core_count),
            ("known_bad", ring.labelled_bad_count),
            ("known_good", ring.labelled_good_count),
            ("amount", amount_words(ring.amount_minor, ring.currency)),
            ("innocent", innocence_words(ring)),
            ("detectors", ring.detectors),
            ("reasons", ring.reasons),
            ("run", dossier.run_id),
        ],
        title=ring.ring_id,
    )
    verdicts = {label.account_id: label.verdict.value for label in dossier.labels}
    print_table(
        [
            Column("account"),
            Column("role"),
            Column("risk"),
            Column("closeness"),
            Column("confidence"),
            Column("bits", 1),
            Column("verdict"),
            Column("reasons", fold=True),
            Column("not for automatic action", fold=True),
        ],
        [
            (
                m.account_id,
                m.role,
                m.account_risk,
                m.closeness,
                m.confidence,
                m.bits,
                verdicts.get(m.account_id),
                m.reasons,
                m.not_automatic,
            )
            for m in dossier.members
        ],
        title="members",
    )
    print_table(
        [Column("signal"), Column("value"), Column("points"), Column("words", fold=True)],
        [(s.signal, s.value, s.points, s.words) for s in dossier.signals],
        title="signals",
    )
    _print_competitors(dossier)
    if dossier.judgements:
        print_lines(["", *judgement_lines(dossier.judgements)])
    if dossier.labels:
        print_table(
            [Column("account"), Column("verdict"), Column("reason", fold=True), Column("reported_at")],
            [(label.account_id, label.verdict, label.reason, label.reported_at) for label in dossier.labels],
            title="labels known at as-of",
        )


def _print_competitors(dossier: RingDossier) -> None:
    """What else it may be, what else it may belong to, and what is at stake; each only where there is any."""
    if dossier.innocence:
        print_table(
            [Column("explanation"), Column("bits", 1), Column("words", fold=True)],
            [(each.explanation, each.bits, each.words) for each in dossier.innocence],
            title="innocent explanations, bits against being a ring",
        )
    if dossier.ties:
        print_table(
            [Column("ring"), Column("bits", 1), Column("shares", fold=True)],
            [(tie.other_ring_id, tie.bits, tie.words) for tie in dossier.ties],
            title="tied to",
        )
    if dossier.exposure:
        names = ("paid", "charged back", "refunded", "received")
        print_table(
            [Column("payments"), *map(Column, names)],
            [
                (each.payment_count, *(amount_words(each_minor, each.currency) for each_minor in (
                    each.paid_minor, each.chargeback_minor, each.refund_minor, each.received_minor)))
                for each in dossier.exposure
            ],
            title="exposure",
        )  # fmt: skip
