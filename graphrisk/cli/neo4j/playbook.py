"""`graphrisk neo4j playbook`: the questions of an investigator, listed, played, or shown for Browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from graphrisk.cli.neo4j.answers import answer_json, print_answer
from graphrisk.cli.neo4j.options import DatabaseOption, PasswordFileOption, UriOption, UserOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption, refuse_unheard
from graphrisk.cli.output import Column, Json, note, print_json, print_lines, print_table, show_progress
from graphrisk.flows.play import bind_values, choose_question, fill_values, split_assignments
from graphrisk.model.questions import Question, QuestionValue
from graphrisk.report.browser_script import filled_statement
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.workspace.graph_server import GraphServerFlags

_COLUMNS = (Column("question"), Column("asks", fold=True), Column("needs"), Column("may be given", fold=True))


_ASKING = ("timeout", "uri", "user", "database", "password_file")


def register(group: typer.Typer) -> None:
    group.command("playbook")(playbook)


def playbook(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="QUESTION", help="Its number, its name, or how it starts; without, a list."),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter; repeatable.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the statement, filled in, to paste into Browser.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds after which the server ends the question.")
    ] = 30.0,
    workspace: WorkspaceOption = HERE,
    uri: UriOption = None,
    user: UserOption = None,
    database: DatabaseOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the graph in Neo4j one of the questions that investigators ask, or list them.

    Nothing is written. Each question is a file of Cypher that runs in Neo4j Browser as well.

    Example: graphrisk neo4j playbook ring_with_evidence --param ring_id=RING-7K3QX
    """
    questions = read_playbook()
    if name is None:
        flags_of_one = ("param", "show", *_ASKING)
        refuse_unheard(context, flags_of_one, "no question is named: all are listed", remedy="name one")
        _print_questions(questions, as_json=as_json)
        return
    question, given = choose_question(questions, name), split_assignments(param or ())
    if show:
        refuse_unheard(context, _ASKING, "no server is asked with --show", remedy="leave out --show to ask")
        _show(question, fill_values(question, given), as_json=as_json)
        return
    values = bind_values(question, given)
    # Here, because the driver takes longer to import than other verbs to answer
    from graphrisk.workspace.playing import PlayOrder, play_in_graph  # noqa: PLC0415

    flags = GraphServerFlags(uri, user, database, password_file)
    with show_progress("asking the server"):
        answer = play_in_graph(workspace, flags, PlayOrder(question, values, timeout))
    if as_json:
        print_json({"question": question.name, "parameters": values, "rows": answer_json(answer)})
        return
    print_answer(answer, title=question.title)
    if not answer.rows:
        note("nothing fits")


def _show(question: Question, values: Mapping[str, QuestionValue], *, as_json: bool) -> None:
    text = filled_statement(question, values)
    if as_json:
        print_json({"question": question.name, "parameters": values, "statement": text})
        return
    print_lines(text.splitlines())


def _print_questions(questions: Sequence[Question], *, as_json: bool) -> None:
    if as_json:
        print_json({"questions": [_question_json(question) for question in questions]})
        return
    rows = [
        (
            question.name,
            question.title,
            ", ".join(each.name for each in question.parameters if each.default is None),
            ", ".join(each.name for each in question.parameters if each.default is not None),
        )
        for question in questions
    ]
    print_table(_COLUMNS, rows)


def _question_json(question: Question) -> Json:
    return {
        "name": question.name,
        "title": question.title,
        "purpose": question.purpose,
        "parameters": [
            {
                "name": each.name,
                "type": each.type.value,
                "default": each.default,
                "example": each.example,
                "words": each.words,
            }
            for each in question.parameters
        ],
        "statement": question.statement,
    }
