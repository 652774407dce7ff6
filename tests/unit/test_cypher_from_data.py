"""No Cypher is ever put together from data: what a server gets stands in a file under cypher/, and values
travel beside it.

This reads the sources; tests/neo4j/test_neo4j_hostile.py shows it on a server.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, CYPHER = ROOT / "graphrisk", ROOT / "cypher"
MODULES = sorted(PACKAGE.rglob("*.py"))
# The only modules that may speak to a server
STORE = "graphrisk/stores/neo4j/"
# Where a statement comes into being: from a file
MADE_IN = {
    "Statement": f"{STORE}statements.py",
    "Question": "graphrisk/model/questions.py",
}
# What shows Cypher to a person and sends it nowhere
SHOWN = {
    "graphrisk/report/graph_schema_page.py",  # an example in docs/schema.md
}
TALKS = {"run", "execute_query"}
# Words that only Cypher puts so. DuckDB's SQL has CREATE TABLE, SET and RETURNING as well.
CYPHER_WORDS = re.compile(
    r"\b(?:OPTIONAL\s+)?MATCH\s*\(|\bMERGE\s*\(|\bCREATE\s*\(|\bDETACH\s+DELETE\b|\bUNWIND\s|\bFOREACH\s*\("
    r"|\bCREATE\s+(?:\w+\s+)?(?:CONSTRAINT|FULLTEXT)\b|\bCREATE\s+(?:RANGE\s+)?INDEX\s.*\bFOR\b|\bCYPHER\s+\d"
    r"|\bCALL\s*(?:\(|\{|db(?:ms)?\.|apoc\.)|\bLOAD\s+CSV\b|\bRETURN\s|\bREMOVE\s+\w+[.:]"
    r"|\bSHOW\s+(?:INDEX|CONSTRAINT|DATABASE|PROCEDURE|SETTING|TRANSACTION|USER)",
    re.DOTALL,
)
PLACEHOLDER = re.compile(r"(?<!`)\{[A-Za-z_]\w*\}|\{[A-Za-z_]\w*\}(?!`)")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def violations(source: str, module: str) -> list[str]:
    """What in a module's source might put Cypher together, each with its line.

    Whether a name that is filled in was declared cannot be read off the source: Statement.fill escapes it,
    whatever it is.
    """
    tree = ast.parse(source)
    is_store = module.startswith(STORE)
    found = [*_texts(tree)] if module not in SHOWN else []
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=str(name))) if name in own and not is_store:
                continue  # a class of that module's own: a statement of reasons, say
            case ast.Import(names=names) if not is_store and any(_is_driver(n.name) for n in names):
                found.append((node, "only the store may import the driver"))
            case ast.ImportFrom(module=str(name)) if not is_store and _is_driver(name):
                found.append((node, "only the store may import the driver"))
            case ast.Call():
                found += _calls(node, module, is_store=is_store)
    if is_store:
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        found += [
            (node, f"`{node.attr}` is passed on, so that what it is given is not seen")
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in TALKS and id(node) not in called
        ]
    return sorted(f"{module}:{node.lineno}: {words}" for node, words in found)


def _is_driver(name: str) -> bool:
    return name.partition(".")[0] == "neo4j"


Found = tuple[ast.stmt | ast.expr, str]


def _texts(tree: ast.Module) -> Iterator[Found]:
    """Every text but docstrings: no part of one may look like Cypher."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        )
        if is_text and CYPHER_WORDS.search(node.value):
            yield node, "Cypher stands in files under cypher/"


def _calls(node: ast.Call, module: str, *, is_store: bool) -> Iterator[Found]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in MADE_IN and MADE_IN[name] != module:
        yield node, f"{name} is made of a file, in {MADE_IN[name]} alone"
    if name == "replace" and any(keyword.arg in {"text", "statement"} for keyword in node.keywords):
        yield node, "a statement is not changed"
    if not is_store:
        return
    first = node.args[0] if node.args else None
    if name in TALKS and not _is_read(first):
        yield node, f"`{name}` is given something else than the text of a statement"
    if name == "Query" and not _is_text(first):
        yield node, "`Query` is given something else than the text of a statement"
    if name == "read_statement" and not isinstance(first, ast.Constant | ast.JoinedStr):
        yield node, "a statement's name does not come from elsewhere"
    if name == "fill":
        for keyword in node.keywords:
            if not _is_name(keyword.value):
                yield node, f"`{keyword.arg}` is put together"


def _is_name(node: ast.expr) -> bool:
    """What holds a declared name: `schema.label`, `part.types[0]`, `part.payee or ""`."""
    if isinstance(node, ast.BoolOp):
        return all(_is_name(value) or isinstance(value, ast.Constant) for value in node.values)
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def _is_read(node: ast.expr | None) -> bool:
    """`statement.text`, or neo4j.Query(statement.text)."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Query":
        return bool(node.args) and _is_text(node.args[0])
    return _is_text(node)


def _is_text(node: ast.expr | None) -> bool:
    """`statement.text`, `self.statement.text`, `question.statement`."""
    return (
        isinstance(node, ast.Attribute)
        and re.search(r"(?:^|\.)(?:statement\.text|question\.statement)$", ast.unparse(node)) is not None
    )


def test_no_module_puts_cypher_together() -> None:
    found = (violations(module.read_text(encoding="utf-8"), relative(module)) for module in MODULES)
    assert [each for several in found for each in several] == []


PLANTED = (
    'session.run(f"MATCH (n) WHERE n.id = {name!r} RETURN n")',
    'session.run("RETURN 1")',
    'session.run("X" + name)',
    "session.run(text)",
    'session.run(statement.text + " LIMIT 1")',
    'session.run(f"{statement.text} LIMIT 1")',
    'session.run(statement.text.replace("Account", name))',
    'session.run(statement.text % name)',
    "transaction.run(statement.text.format(name))",
    "driver.execute_query(text)",
    "session.run(neo4j.Query(text))",
    "session.run(neo4j.Query(name + statement.text))",
    "query = neo4j.Query(text)",
    "go = session.run",
    'connection.write(Statement("x", text))',
    "connection.write(replace(statement, text=text))",
    "connection.write(read_statement(name))",
    'connection.write(read_statement("read/x").fill(label="A" + name))',
    'connection.write(read_statement("read/x").fill(label=f"{name}"))',
    'connection.write(read_statement("read/x").fill(label=name.upper()))',
    'text = "DETACH DELETE n"',
    'text = f"UNWIND {name} AS x"',
    'text = " ".join(["MERGE (a)", name])',
    'text = "CALL db.awaitIndex(%s)" % name',
    'text = "CREATE CONSTRAINT {} FOR (n:A) REQUIRE n.id IS UNIQUE".format(name)',
)  # fmt: skip


@pytest.mark.parametrize("line", PLANTED)
def test_a_statement_that_is_put_together_is_found(line: str) -> None:
    assert len(violations(f"def f():\n    {line}\n", f"{STORE}planted.py")) >= 1


@pytest.mark.parametrize("line", ["import neo4j", "from neo4j import GraphDatabase", "import neo4j.graph"])
def test_the_driver_outside_of_the_store_is_found(line: str) -> None:
    assert violations(line, "graphrisk/workspace/planted.py")
    assert violations(line, f"{STORE}planted.py") == []


def test_a_modules_own_class_of_that_name_is_another_thing_but_not_in_the_store() -> None:
    source = "class Statement:\n    pass\ndef f():\n    return Statement()\n"
    assert violations(source, "graphrisk/enforce/planted.py") == []
    assert violations(source, f"{STORE}planted.py")


def test_what_the_store_does_is_not_found() -> None:
    source = '''
    """A docstring may say MATCH (n) RETURN n."""
    statement = read_statement("read/x").fill(label=schema.label, type=types[0], node=part.node or "")
    transaction.run(statement.text, {"id": name})
    session.run(neo4j.Query(self.statement.text), parameters)
    transaction.run(question.statement, values)
    connection.execute(f"CREATE TABLE {name} AS SELECT 1")
    connection.execute("SET memory_limit = '1GB'")
    '''
    assert violations("def f():\n" + source, f"{STORE}planted.py") == []


def test_what_writes_values_for_a_persons_editor_reaches_no_server() -> None:
    writes = re.compile(r"\b(?:filled_statement|cypher_literal|param_lines)\b")
    sends = re.compile(r"\b(?:open_neo4j|GraphConnection|read_statement)\b")
    sources = {relative(module): module.read_text(encoding="utf-8") for module in MODULES}
    assert not [name for name, source in sources.items() if writes.search(source) and sends.search(source)]


def names_read() -> set[str]:
    """The names that the package gives to read_statement; what is put in there is `.+`, for a pattern."""
    found = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "read_statement":
                parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
                found.add(
                    "".join(re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in parts)  # type: ignore[arg-type]
                )
    return found


def statement_files() -> list[Path]:
    """All but the playbook, whose folder is read as a whole."""
    return sorted(path for path in CYPHER.rglob("*.cypher") if path.parent.name != "playbook")


def test_every_statement_is_read_by_somebody_and_every_name_has_its_file() -> None:
    names = {path.relative_to(CYPHER).with_suffix("").as_posix() for path in statement_files()}
    patterns = names_read()
    assert names
    assert not {name for name in names if not any(re.fullmatch(pattern, name) for pattern in patterns)}
    assert not {pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in names)}


def code_of(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("//"))


@pytest.mark.parametrize("path", sorted(CYPHER.rglob("*.cypher")), ids=relative)
def test_names_stand_in_backticks_only_and_values_are_parameters(path: Path) -> None:
    assert PLACEHOLDER.findall(code_of(path)) == []
    assert "%s" not in code_of(path)


@pytest.mark.parametrize("text", ["MATCH (n:{label})", "MATCH (n:`{label})", "SET n.{name} = 1", "id: {id}"])
def test_a_placeholder_without_backticks_is_found(text: str) -> None:
    assert PLACEHOLDER.search(text)


@pytest.mark.parametrize(
    "text", ["(n:`{label}`)", "{id: $id}", "EXISTS { (n)--() }", "CALL (n) { DELETE n }"]
)
def test_maps_and_subqueries_are_no_placeholders(text: str) -> None:
    assert PLACEHOLDER.search(text) is None
