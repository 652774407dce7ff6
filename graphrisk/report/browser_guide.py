"""The playbook as a guide inside of Neo4j Browser, and everything else that Browser can be given.

Browser takes a page apart into its `slide` elements, and makes each `pre` of class `runnable` something to
click: it puts the text into the editor. Scripts and event handlers it strips.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from graphrisk.model.kinds import KindSet
from graphrisk.model.questions import Question, QuestionValue
from graphrisk.report.browser_script import filled_statement, param_lines
from graphrisk.report.grass import render_grass

GUIDE, STYLE, FAVOURITES = "guide.html", "graphrisk.grass", "playbook.zip"


@dataclass(frozen=True, slots=True)
class GuideFile:
    """name: the path in the folder, with `/`."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class GuideContent:
    """examples: values for parameters that have to be given, instead of the files' own. address: where the
    files will be served, without a slash at the end; None where they are written to a folder."""

    questions: Sequence[Question]
    kinds: KindSet
    examples: Mapping[str, QuestionValue]
    address: str | None


def guide_files(content: GuideContent) -> tuple[GuideFile, ...]:
    """The guide, the style, every question as a file, and all of them in one archive: Browser takes one file
    at a time, but makes a favourite of each in an archive."""
    questions = [
        GuideFile(f"playbook/{each.name}.cypher", "text/plain; charset=utf-8", each.text.encode())
        for each in content.questions
    ]
    return (
        GuideFile(GUIDE, "text/html; charset=utf-8", render_guide(content).encode()),
        GuideFile(STYLE, "text/plain; charset=utf-8", render_grass(content.kinds).encode()),
        GuideFile(FAVOURITES, "application/zip", _archive(questions)),
        *questions,
    )


def render_guide(content: GuideContent) -> str:
    """One slide to begin with, and one for each question."""
    slides = [_first_slide(content), *(_slide(each, content.examples) for each in content.questions)]
    body = "\n".join(
        f'<slide class="row-fluid"><div class="col-sm-12">\n{slide}\n</div></slide>' for slide in slides
    )
    return (
        "<title>graphrisk playbook</title>\n"
        f'<article class="guide"><carousel class="deck container-fluid">\n{body}\n</carousel></article>\n'
    )


def example_values(question: Question, examples: Mapping[str, QuestionValue]) -> dict[str, QuestionValue]:
    """Of every parameter: its default; where it has none, the example of that name; else the file's own."""
    return {
        each.name: examples.get(each.name, each.example) if each.default is None else each.default
        for each in question.parameters
    }


_BEGIN = """<h3>Rings in the graph</h3>
<p>{count} questions, a slide each. A click puts a text into the editor: change the values there, then run
it.</p>
<p>Begin with <b>the top rings</b>, take a ring's name from there, and look at <b>the ring with its
evidence</b>.</p>
<p>Colours and sizes, by what a node is and what is known of it:</p>
{style}
<p>All questions as favourites: {favourites}. A favourite wants its parameters set first: the last text on
each slide does that.</p>
<p>An identifier that very many accounts share stands there with its number and nobody behind it. If Browser
draws more lines than a question asked for, switch off <i>Connect result nodes</i> in its settings.</p>"""


def _first_slide(content: GuideContent) -> str:
    if content.address is None:
        style = f"<p>Drag <code>{STYLE}</code> into this window.</p>"
        favourites = f"drag <code>{FAVOURITES}</code> into this window"
    else:
        style = _runnable(f":style {content.address}/{STYLE}")
        link = f'<a href="{escape(content.address)}/{FAVOURITES}" download>{FAVOURITES}</a>'
        favourites = f"save {link}, and drag the file into this window"
    return _BEGIN.format(count=len(content.questions), style=style, favourites=favourites)


def _slide(question: Question, examples: Mapping[str, QuestionValue]) -> str:
    values = example_values(question, examples)
    explained = "\n".join(
        f"<li><code>{escape(each.name)}</code> ({each.type}): {escape(each.words)}</li>"
        for each in question.parameters
    )
    return "\n".join(
        (
            f"<h3>{question.number}. {escape(question.title)}</h3>",
            f"<p>{escape(question.purpose)}</p>",
            f"<ul>\n{explained}\n</ul>",
            "<p>Filled in, to change and run:</p>",
            _runnable(filled_statement(question, values)),
            "<p>Its parameters, for the favourite:</p>",
            _runnable(param_lines(question, values)),
        )
    )


def _runnable(text: str) -> str:
    return f'<pre class="pre-scrollable code runnable">{escape(text)}</pre>'


def _archive(files: Sequence[GuideFile]) -> bytes:
    """The same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(
                f"graphrisk/{file.name.rpartition('/')[2]}", date_time=(1980, 1, 1, 0, 0, 0)
            )
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return packed.getvalue()
