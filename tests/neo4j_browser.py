"""Neo4j Browser in a headless Chromium, used as a person uses it: its form, its editor, what is on screen.

Nothing but this machine can be reached from there: names of other hosts do not resolve, and what a page asks
of them is refused and noted.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Locator, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
FLAGS = (
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
# Wide, because Browser lays its overview over the right of a picture; finer than a screen, for small captions
WINDOW_WIDTH, WINDOW_HEIGHT, WINDOW_SCALE = 1440, 800, 1.25
MARGIN = 10
WAIT_SECONDS = 60.0
REST_MILLISECONDS = 150

EDITOR = "[data-testid=activeEditor]"
CONNECTED = "You are connected as user"
# What a person sees of each node: its circle and its lines of text, in pixels of the screen. __data__ is what
# Browser has hung on the circle.
_READ_NODES = """
svg => [...svg.querySelectorAll('g.node')].map(node => {
    const circle = node.querySelector('circle.b-outline');
    const box = circle.getBoundingClientRect();
    const texts = [...node.querySelectorAll('text.caption')].filter(text => text.textContent.trim() !== '');
    return {
        id: node.__data__.propertyMap.id,
        labels: node.__data__.labels,
        lines: texts.map(text => text.textContent.trim()),
        line_height: Math.min(...texts.map(text => text.getBoundingClientRect().height)),
        colour: circle.getAttribute('fill'),
        rim: circle.getAttribute('stroke-width'),
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
        radius: box.width / 2,
    };
})
"""
_READ_TYPES = "svg => [...svg.querySelectorAll('g.relationship')].map(one => one.__data__.type)"


class ChromiumMissingError(Exception):
    """Why no Chromium can be had here, in words for whoever reads why tests were skipped."""


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A circle on the screen, in its pixels. lines: the text in it. rim: how wide the style has its outline.
    id, labels: of the node it stands for."""

    id: str
    labels: list[str]
    lines: list[str]
    line_height: float
    colour: str
    rim: str
    x: float
    y: float
    radius: float

    def covers(self, other: DrawnNode) -> bool:
        distance = ((self.x - other.x) ** 2 + (self.y - other.y) ** 2) ** 0.5
        return distance < self.radius + other.radius


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph as it is drawn. box: left, top, right and bottom of the part that nothing else covers."""

    nodes: tuple[DrawnNode, ...]
    relationship_types: tuple[str, ...]
    box: tuple[float, float, float, float]

    def labelled(self, label: str) -> dict[str, DrawnNode]:
        """By their ids."""
        return {node.id: node for node in self.nodes if label in node.labels}

    def piled_up(self) -> list[tuple[str, str]]:
        """The pairs of which one covers the other, in part or wholly."""
        pairs = ((one, two) for at, one in enumerate(self.nodes) for two in self.nodes[:at])
        return [(one.id, two.id) for one, two in pairs if one.covers(two)]

    def out_of_sight(self) -> list[str]:
        left, top, right, bottom = self.box
        return [
            node.id
            for node in self.nodes
            if not (left < node.x - node.radius and node.x + node.radius < right)
            or not (top < node.y - node.radius and node.y + node.radius < bottom)
        ]


def find_chromium() -> Path:
    """The one in CHROMIUM, else on the PATH. Raises ChromiumMissingError."""
    names = (os.environ["CHROMIUM"],) if os.environ.get("CHROMIUM") else NAMES
    if found := next(filter(None, map(shutil.which, names)), None):
        return Path(found)
    raise ChromiumMissingError(f"{names[0]} was not found; CHROMIUM may say where one is")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """The system's Chromium without a window. Raises ChromiumMissingError."""
    program = find_chromium()
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        except Error as failure:
            said = failure.message.strip().splitlines()[0]
            raise ChromiumMissingError(f"{program} does not start: {said}") from failure
        yield chromium
        chromium.close()


class Neo4jBrowser:
    """One visitor, with a browser of their own: no password, style or setting of anybody before them."""

    def __init__(self, chromium: Browser) -> None:
        self.refused: list[str] = []  # what pages asked of other machines
        self.sockets: list[str] = []
        self.failures: list[str] = []  # errors that no script caught
        window = chromium.new_context(
            viewport={"width": WINDOW_WIDTH, "height": WINDOW_HEIGHT}, device_scale_factor=WINDOW_SCALE
        )
        window.set_default_timeout(WAIT_SECONDS * 1000)
        window.route("**/*", self._let_through)
        self.page = window.new_page()
        self.page.on("websocket", lambda socket: self.sockets.append(socket.url))
        self.page.on("pageerror", lambda failure: self.failures.append(str(failure)))

    def close(self) -> None:
        self.page.context.close()

    def log_in(self, bolt_uri: str, user: str, password: str) -> None:
        """Fill in the form that Browser shows first, and press its button."""
        scheme, _, address = bolt_uri.partition("://")
        self.page.get_by_test_id("bolt-scheme-select").select_option(f"{scheme}://")
        self.page.get_by_test_id("boltaddress").fill(address)
        self.page.get_by_test_id("username").fill(user)
        self.page.get_by_test_id("password").fill(password)
        self.page.get_by_test_id("connect").click()
        self.await_connection()

    def await_connection(self) -> None:
        self.page.get_by_text(CONNECTED).first.wait_for()

    # The editor

    def run(self, text: str) -> None:
        """Write text into the editor, in place of what stands there, and run it."""
        self._write(text)
        self.run_editor()

    def run_editor(self) -> None:
        """Run what stands in the editor. Done when there is a frame for it; its answer may come later."""
        before = self.frame_count()
        self.page.keyboard.press("Control+Enter")
        self._until(lambda: self.frame_count() > before, "no frame for what was run")

    def clear(self) -> None:
        """No answer on the screen any more."""
        self._write(":clear")
        self.page.keyboard.press("Control+Enter")
        self._until(lambda: self.frame_count() == 0, "the answers stay")

    def editor_text(self) -> str:
        """What can be seen of it."""
        lines = self.page.locator(EDITOR).locator(".view-line")
        lines.first.wait_for()
        return "\n".join(lines.all_inner_texts()).replace("\u00a0", " ")

    # The newest answer

    @property
    def frame(self) -> Locator:
        return self.page.get_by_test_id("stream").get_by_test_id("frame").first

    def frame_count(self) -> int:
        return self.page.get_by_test_id("frame").count()

    def picture(self) -> Picture:
        """What it draws, once nothing moves in it any more."""
        svg = self.frame.locator("svg.neod3viz")
        self._await(svg.locator("g.node").first)
        before: list[dict[str, object]] = []

        def rests() -> bool:
            nonlocal before
            last, before = before, svg.evaluate(_READ_NODES)
            return before == last

        self._until(rests, "the picture does not come to rest")
        seen, pane = svg.bounding_box(), self._pane().bounding_box()
        assert seen is not None
        right = pane["x"] if pane else seen["x"] + seen["width"]
        return Picture(
            tuple(DrawnNode(**node) for node in svg.evaluate(_READ_NODES)),
            tuple(svg.evaluate(_READ_TYPES)),
            (seen["x"], seen["y"], right, seen["y"] + seen["height"]),
        )

    def fill_window(self) -> None:
        """The answer alone, its picture as large as fits."""
        self.frame.get_by_title("Fullscreen").click()
        self.frame.get_by_label("zoom-to-fit").click()

    def leave_window(self) -> None:
        self.frame.get_by_title("Close fullscreen").click()

    def click_node(self, node: DrawnNode) -> str:
        """What Browser tells of a node in the picture, beside it."""
        self.page.mouse.click(node.x, node.y)
        self._await(self._pane().get_by_text("Node properties"))
        return self._pane().inner_text()

    def table(self) -> list[list[str]]:
        """What its table shows, the header first."""
        tab = self.frame.get_by_test_id("cypherFrameSidebarTable")
        self._await(tab)
        tab.click()
        self._await(self.frame.locator("table td").first)
        rows = self.frame.locator("table tr").all()
        return [row.locator("th, td").all_inner_texts() for row in rows]

    def next_slide(self) -> None:
        """Of a guide."""
        self.frame.get_by_test_id("nextSlide").click()

    def click_runnable(self) -> None:
        """The first text of the guide's slide, which goes into the editor."""
        self.frame.locator("pre.runnable").first.click()

    def take(self, picture: Path) -> None:
        """A picture of the window, down to the end of the newest answer."""
        self.page.mouse.move(0, 0)
        box = self.frame.bounding_box()
        assert box is not None
        height = min(WINDOW_HEIGHT, box["y"] + box["height"] + MARGIN)
        self.page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WINDOW_WIDTH, "height": height})

    def _pane(self) -> Locator:
        return self.frame.get_by_test_id("vizInspector")

    def _write(self, text: str) -> None:
        self.page.locator(EDITOR).locator(".monaco-editor").first.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def _let_through(self, route: Route) -> None:
        if urlsplit(route.request.url).hostname in LOOPBACK:
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def _await(self, what: Locator) -> None:
        self._until(what.is_visible, "the newest answer is another one")

    def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"{otherwise}; it says: {self.frame.inner_text()[:1000]}")
            self.page.wait_for_timeout(REST_MILLISECONDS)  # unlike a sleep, this lets requests be answered
