"""What an investigator sees in Neo4j Browser: a real one, of a real server, in a Chromium without a window.

The pictures of the documentation are those that these tests take: `make screenshots` writes them to
docs/images, every other run into pytest's own folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from enforced_shop import plan_row
from named_market import ATTACKERS, ATTACKERS_DEVICE, CREW, CREW_BAD, make_named_market
from neo4j_browser import ChromiumMissingError, DrawnNode, Neo4jBrowser, Picture, open_chromium
from neo4j_server import Neo4jServer, wipe
from playwright.sync_api import Browser
from shop_ledger import ShopLedger, beginning_at
from small_market import environment, push

from graphrisk.model.enforcement import Bucket, Tier
from graphrisk.workspace import Workspace

ROOT = Path(__file__).parents[2]
PLAYBOOK = ROOT / "cypher" / "playbook"
RING_WITH_EVIDENCE = (PLAYBOOK / "02_ring_with_evidence.cypher").read_text(encoding="utf-8")
TOP_RINGS = (PLAYBOOK / "01_top_rings.cypher").read_text(encoding="utf-8")
PLAN_AND_OUTCOMES = (PLAYBOOK / "21_plan_and_outcomes.cypher").read_text(encoding="utf-8")
PICTURES = {"browser-ring.png", "browser-rings.png", "browser-guide.png", "browser-plan.png"}
PICTURES_BYTES = 1_000_000  # all of them together
MOST_NODES = 300  # more than that is no picture; Browser itself draws no more
SMALLEST_LINE = 8.0  # pixels of a screen: the height of a line of text that can be read without effort
# What Browser asks for outside even with telemetry off: letters, statistics, a form for suggestions, and of
# every fifth page how long it took, which is told together with the page's address
KNOWN_OUTSIDERS = {"fonts.googleapis.com", "cdn.segment.com", "canny.io", "o110884.ingest.sentry.io"}
STUDENT_HOUSE = "4 abbey yard york"
# What the crew shares, each with the number of accounts that ever used it
CREW_IDENTIFIERS = {
    "pixel 7f3a": 5, "iphone 19c2": 4, "visa 4417": 4, "visa 8032": 2, "+442079460018": 2, STUDENT_HOUSE: 33,
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        with open_chromium() as chromium:
            yield chromium
    except ChromiumMissingError as missing:
        if os.environ.get("CI", "").lower() in {"", "0", "false"}:
            pytest.skip(f"no Chromium: {missing}")
        pytest.fail(f"no Chromium: {missing}. With CI set, that is a failure.", pytrace=False)


@pytest.fixture(scope="module")
def browser_address(chromium: Browser, neo4j_server: Neo4jServer) -> str:
    """Where the server shows the older Browser, the one that is driven here."""
    if neo4j_server.http_uri is None:
        pytest.skip("NEO4J_HTTP_URI does not say where the server's Browser is")
    address = f"{neo4j_server.http_uri}/browser/"
    with urlopen(address) as page:
        if b'id="mount"' not in page.read():
            pytest.skip(f"Neo4j {neo4j_server.version} has the newer Browser, which is not driven here")
    return address


@pytest.fixture(scope="module")
def market(
    browser_address: str, neo4j_server: Neo4jServer, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """Pushed to the server, with nothing else there."""
    market = make_named_market(tmp_path_factory.mktemp("market"))
    with (market.folder / "graphrisk.toml").open("a", encoding="utf-8") as config:
        config.write(f'[neo4j]\nbrowser = "{browser_address}"\n')
    wipe(neo4j_server)
    done = push(market.folder, neo4j_server)
    assert done.returncode == 0, done.stderr
    return market


@pytest.fixture(scope="module")
def rings(market: Workspace) -> list[str]:
    """Their names, the best first: the crew's."""
    return [str(name) for name in market.latest().rings.ring_id]


@pytest.fixture(scope="module")
def guide(market: Workspace, neo4j_server: Neo4jServer) -> Iterator[dict[str, str]]:
    """What `graphrisk neo4j guide` says is to be typed into Browser, while it serves."""
    command = [sys.executable, "-m", "graphrisk", "neo4j", "guide", "--workspace", str(market.folder)]
    with subprocess.Popen(
        [*command, "--port", "0", "--json"], env=environment(neo4j_server), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        process.terminate()


@pytest.fixture(scope="module")
def logged_in(
    chromium: Browser, browser_address: str, neo4j_server: Neo4jServer, guide: dict[str, str]
) -> Iterator[Neo4jBrowser]:
    """As docs/investigate.md says: the form, the style, and no lines but those that a question asked for."""
    visitor = Neo4jBrowser(chromium)
    visitor.page.goto(browser_address)
    visitor.log_in(neo4j_server.uri, neo4j_server.user, neo4j_server.password)
    visitor.run(":config autoComplete: false")
    visitor.run(guide["style"])
    for setting in ("min_score => 0.0", "min_size => 2", "member_limit => 100", "limit => 200"):
        visitor.run(f":param {setting}")
    yield visitor
    visitor.close()


@pytest.fixture
def investigator(logged_in: Neo4jBrowser) -> Neo4jBrowser:
    """With no older answer on the screen."""
    logged_in.clear()
    return logged_in


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for pictures."""
    asked_for = os.environ.get("GRAPHRISK_SCREENSHOTS")
    return Path(asked_for) if asked_for else tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def crew_picture(logged_in: Neo4jBrowser, rings: list[str], album: Path) -> Picture:
    ask_for_ring(logged_in, rings[0])
    logged_in.picture()
    logged_in.fill_window()
    picture = logged_in.picture()
    logged_in.take(album / "browser-ring.png")
    logged_in.leave_window()
    return picture


def ask_for_ring(investigator: Neo4jBrowser, ring_id: str) -> None:
    investigator.run(f":param ring_id => '{ring_id}'")
    investigator.clear()
    investigator.run(RING_WITH_EVIDENCE)


def assert_reads(node: DrawnNode, caption: str) -> None:
    """A long caption may be cut, if Browser says so and leaves enough to tell it from others."""
    shown = " ".join(node.lines)
    if shown != caption:
        assert caption.startswith(shown.removesuffix("…")), (shown, caption)
        assert shown.endswith("…"), (shown, caption)
        assert len(shown) > 8, (shown, caption)


def test_a_ring_is_drawn_with_all_its_members_and_what_ties_them(
    crew_picture: Picture, rings: list[str]
) -> None:
    assert set(crew_picture.labelled("Ring")) == {rings[0]}
    assert set(crew_picture.labelled("Account")) == set(CREW)
    assert set(crew_picture.labelled("Identifier")) == set(CREW_IDENTIFIERS)
    assert set(crew_picture.relationship_types) == {"MEMBER_OF", "EVIDENCE"}
    assert crew_picture.relationship_types.count("MEMBER_OF") == len(CREW)
    assert len(crew_picture.nodes) <= MOST_NODES


def test_a_ring_can_be_read(crew_picture: Picture) -> None:
    assert crew_picture.piled_up() == []
    assert crew_picture.out_of_sight() == []
    assert min(node.line_height for node in crew_picture.nodes) >= SMALLEST_LINE
    captions = {name: f"{name} ×{count}" for name, count in CREW_IDENTIFIERS.items()}
    for name, node in crew_picture.labelled("Identifier").items():
        assert_reads(node, captions[name])
    for name, node in crew_picture.labelled("Account").items():
        assert_reads(node, name)


def test_a_hub_is_one_node_that_says_how_many_share_it(crew_picture: Picture) -> None:
    assert crew_picture.labelled("Address")[STUDENT_HOUSE].lines[-1].endswith("×33")
    assert not [node.id for node in crew_picture.nodes if node.id.startswith("student.")]


def test_what_is_known_of_an_account_gives_it_its_colour(crew_picture: Picture) -> None:
    accounts = crew_picture.labelled("Account")
    bad = {accounts[name].colour for name in CREW_BAD}
    others = {accounts[name].colour for name in CREW if name not in CREW_BAD}
    assert len(bad) == len(others) == 1
    assert bad != others
    assert set(crew_picture.labelled("KnownBad")) == set(CREW_BAD)


def test_hostile_captions_are_text_on_the_screen_and_run_nothing(
    investigator: Neo4jBrowser, market: Workspace
) -> None:
    ring = market.latest().account(ATTACKERS[0]).ring
    assert ring is not None
    ask_for_ring(investigator, ring.ring_id)
    attackers = investigator.picture().labelled("Account")
    assert set(attackers) == set(ATTACKERS)
    assert attackers[ATTACKERS[0]].lines[:2] == ["<img", "src=x"]
    assert ATTACKERS[0] in investigator.click_node(attackers[ATTACKERS[0]])
    cells = "\n".join(cell for row in investigator.table() for cell in row)
    assert all(text in cells for text in (*ATTACKERS, ATTACKERS_DEVICE))
    assert investigator.page.evaluate("typeof attacked") == "undefined"


def test_the_top_rings_are_a_table_in_order(
    investigator: Neo4jBrowser, rings: list[str], album: Path
) -> None:
    investigator.run(TOP_RINGS)
    header, *rows = investigator.table()
    investigator.take(album / "browser-rings.png")
    at = header.index("ring")
    assert [row[at].strip('"') for row in rows] == rings


def test_a_question_of_the_guide_is_two_clicks_away_from_its_answer(
    investigator: Neo4jBrowser, guide: dict[str, str], rings: list[str], album: Path
) -> None:
    investigator.run(guide["guide"])
    investigator.next_slide()
    investigator.next_slide()
    investigator.take(album / "browser-guide.png")
    investigator.click_runnable()
    assert rings[0] in investigator.editor_text()
    investigator.run_editor()
    assert set(investigator.picture().labelled("Account")) == set(CREW)


CREW_BLOCKED = ("greta.lind", "hugo.marin")


def do_something_about_the_crew(market: Workspace, keys: Path, ring_id: str) -> str:
    """The known bad are suspended, two are kept from it by a guardrail, the others are reviewed."""
    begun = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(hours=1)
    rows = [
        plan_row(name, Bucket.BLOCKED, None, blocked_by=("weak_link",), ring_id=ring_id)
        if name in CREW_BLOCKED
        else plan_row(name, Bucket.NEW, Tier.SUSPEND if name in CREW_BAD else Tier.REVIEW, ring_id=ring_id)
        for name in CREW
    ]
    ledger = ShopLedger.begin(market, keys)
    plan = ledger.plan(beginning_at(rows, begun), begun)
    ledger.approve(plan, "bob", begun)
    ledger.apply(plan, begun)
    return plan.plan_id


def test_a_plan_opens_as_a_picture_in_which_enforced_accounts_have_a_wide_rim(
    investigator: Neo4jBrowser, market: Workspace, neo4j_server: Neo4jServer, rings: list[str], album: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    plan_id = do_something_about_the_crew(market, tmp_path / "keys", rings[0])
    done = push(market.folder, neo4j_server, GRAPHRISK_KEYS=str(tmp_path / "keys"))
    assert done.returncode == 0, done.stderr
    for setting in (f"plan_id => '{plan_id}'", "outcome => ''", "limit => 140"):
        investigator.run(f":param {setting}")
    investigator.clear()
    investigator.run(PLAN_AND_OUTCOMES)
    investigator.picture()
    investigator.fill_window()
    picture = investigator.picture()
    investigator.take(album / "browser-plan.png")
    investigator.leave_window()
    assert set(picture.labelled("Plan")) == {plan_id}
    assert set(picture.labelled("Ring")) == {rings[0]}
    accounts = picture.labelled("Account")
    assert set(accounts) == set(CREW)
    assert set(picture.relationship_types) == {"PROPOSES", "TOUCHES", "MEMBER_OF"}
    rims = {accounts[name].rim for name in CREW if name not in CREW_BLOCKED}
    assert rims == {"8px"}
    assert {accounts[name].rim for name in CREW_BLOCKED} == {"2px"}
    # What is known of an account is seen all the same
    assert len({accounts[name].colour for name in CREW_BAD}) == 1
    assert accounts[CREW_BAD[0]].colour != accounts["kira.novak"].colour


def test_the_link_that_rings_show_prints_opens_the_ring(
    investigator: Neo4jBrowser, market: Workspace, neo4j_server: Neo4jServer, rings: list[str]
) -> None:
    investigator.page.goto(ring_link(market, neo4j_server, rings[0]))
    investigator.await_connection()
    assert rings[0] in investigator.editor_text()
    investigator.run_editor()
    assert set(investigator.picture().labelled("Account")) == set(CREW)


def test_nothing_of_another_machine_is_needed(logged_in: Neo4jBrowser) -> None:
    assert {urlsplit(address).hostname for address in logged_in.refused} <= KNOWN_OUTSIDERS
    assert {urlsplit(address).hostname for address in logged_in.sockets} == {"127.0.0.1"}
    assert logged_in.failures == []


def test_the_notes_that_the_page_proposes_can_be_written(
    logged_in: Neo4jBrowser, neo4j_server: Neo4jServer, rings: list[str]
) -> None:
    page = (ROOT / "docs" / "investigate.md").read_text(encoding="utf-8")
    on_one, on_members = re.findall(r"```cypher\n(.*?)```", page, re.DOTALL)
    neo4j_server.run(on_one)
    neo4j_server.run(on_members.replace("RING-7K3QX", rings[0]))
    told = neo4j_server.run("MATCH (file:Case)-[:ABOUT]->(a:Account) RETURN a.id AS id, a.note AS note")
    assert {row["id"] for row in told} == set(CREW)
    assert [row["id"] for row in told if row["note"]] == ["ana.silva"]


def test_the_documentation_shows_the_pictures_that_are_taken_here() -> None:
    folder = ROOT / "docs" / "images"
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/investigate.md")]
    shown = set(re.findall(r"images/(browser-[\w-]+\.png)", "\n".join(pages)))
    assert shown == PICTURES == {picture.name for picture in folder.glob("browser-*.png")}
    assert sum((folder / name).stat().st_size for name in PICTURES) < PICTURES_BYTES


def ring_link(market: Workspace, server: Neo4jServer, ring_id: str) -> str:
    command = [sys.executable, "-m", "graphrisk", "rings", "show", ring_id, "--workspace", str(market.folder)]
    done = subprocess.run(
        [*command, "--json"], env=environment(server), capture_output=True, text=True, check=True
    )
    link = json.loads(done.stdout)["browser"]
    assert isinstance(link, str)
    return link
