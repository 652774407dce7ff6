"""The guide is what Browser takes apart into slides, and every text in it is what it was."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import pytest
from handmade_shop import MARKUP

from graphrisk.flows.play import fill_values
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.questions import parse_question
from graphrisk.report.browser_guide import GuideContent, example_values, guide_files, render_guide
from graphrisk.report.browser_script import filled_statement, param_lines
from graphrisk.stores.neo4j.playbook import read_playbook

PLAYBOOK = read_playbook()
HOSTILE_ID = f'{MARKUP}</pre><script>alert(1)</script>" onload="x\' & \u202e'


def content(address: str | None = "http://localhost:8001", **examples: str) -> GuideContent:
    return GuideContent(PLAYBOOK, BUILT_IN_KINDS, examples, address)


class Slides(HTMLParser):
    """What stands in each slide that can be clicked, and every tag that was opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.slides: list[list[str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "slide":
            self.slides.append([])
        if tag == "pre":
            assert "runnable" in (dict(attrs)["class"] or "").split()
            self.slides[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.slides[-1][-1] += data


def test_a_slide_for_each_question_has_its_statement_and_its_parameters() -> None:
    first, *slides = Slides(render_guide(content())).slides
    assert first == [":style http://localhost:8001/graphrisk.grass"]
    assert len(slides) == len(PLAYBOOK)
    for question, slide in zip(PLAYBOOK, slides, strict=True):
        values = fill_values(question, {})
        assert slide == [filled_statement(question, values), param_lines(question, values)]


def test_examples_replace_what_has_to_be_given_and_nothing_else() -> None:
    touched = next(question for question in PLAYBOOK if question.short_name == "touched_by_known_bad")
    neighbourhood = next(question for question in PLAYBOOK if question.short_name == "account_neighbourhood")
    assert example_values(touched, {"account_id": "ann"})["account_id"] == ""
    assert example_values(neighbourhood, {"account_id": "ann"})["account_id"] == "ann"


def test_markup_in_a_question_is_text() -> None:
    markup = "<b class='x'>&amp;</b>"
    header = f"// T {markup}\n// P {markup}.\n// $limit: integer, default 1: W {markup}\n"
    question = parse_question("16_made_up", f'{header}RETURN "{markup}"\nLIMIT $limit')
    page = render_guide(GuideContent((question,), BUILT_IN_KINDS, {}, None))
    assert Slides(page).slides[1][0] == f'// T {markup}\nRETURN "{markup}"\nLIMIT 1'
    assert page.count("&lt;b class=&#x27;x&#x27;&gt;&amp;amp;&lt;/b&gt;") == 5
    assert markup not in page


def test_a_hostile_example_is_text_and_nothing_else() -> None:
    plain, hostile = Slides(render_guide(content())), Slides(render_guide(content(ring_id=HOSTILE_ID)))
    assert (hostile.tags, hostile.attributes) == (plain.tags, plain.attributes)
    ring = PLAYBOOK[1]
    values = fill_values(ring, {"ring_id": HOSTILE_ID})
    assert hostile.slides[2] == [filled_statement(ring, values), param_lines(ring, values)]


@pytest.mark.parametrize("examples", [{}, {"ring_id": HOSTILE_ID, "account_id": HOSTILE_ID}])
def test_browser_finds_nothing_to_strip(examples: dict[str, str]) -> None:
    page = render_guide(content(**examples))
    # What Browser 5.24 cuts out of a guide, wherever it stands
    assert not re.search(
        r"""(\s+(on[^\s=]+)[^\s=]*\s*=\s*("[^"]*"|'[^']*'|[\w\-.:]+\s*))""", page, re.IGNORECASE
    )
    assert not re.search(r"<script\b", page, re.IGNORECASE)
    assert "javascript:" not in page


def test_the_archive_has_every_question_as_a_file_that_begins_with_its_title() -> None:
    files = {file.name: file for file in guide_files(content())}
    with zipfile.ZipFile(io.BytesIO(files["playbook.zip"].content)) as archive:
        packed = {name: archive.read(name).decode() for name in archive.namelist()}
    assert packed == {f"graphrisk/{each.name}.cypher": each.text for each in PLAYBOOK}
    assert all(text.startswith(f"// {q.title}\n") for q, text in zip(PLAYBOOK, packed.values(), strict=True))
    for each in PLAYBOOK:
        assert files[f"playbook/{each.name}.cypher"].content.decode() == each.text


def test_the_same_content_gives_the_same_bytes() -> None:
    assert guide_files(content()) == guide_files(content())


def test_a_guide_in_a_folder_names_no_address() -> None:
    page = render_guide(content(address=None))
    assert "http" not in page
    assert Slides(page).slides[0] == []
    assert Slides(page).links == []
