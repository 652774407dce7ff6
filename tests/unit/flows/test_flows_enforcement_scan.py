"""What is found is told with its place, once a line, and never as it is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from graphrisk.enforce.scan import KnownValue
from graphrisk.flows.enforcement import scan
from graphrisk.flows.enforcement.refuse import Guard
from graphrisk.flows.enforcement.scan import Fault, Line, Page, scan_pages


class Accounts:
    """Fits flows.enforcement.refuse.KnownValues."""

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:
        return [KnownValue("account", "acc17")]


GUARD = Guard(Accounts(), "US")


def page(file: str, *lines: tuple[str, ...], begin: int = 1) -> Page:
    return Page(file, tuple(Line(number, texts) for number, texts in enumerate(lines, begin)))


def test_a_fault_has_its_place_and_a_line_with_two_readings_tells_it_once() -> None:
    report = scan_pages(
        GUARD, [page("a", ("nothing",), ("acc17 \\n", "acc17 \n")), page("b", ("x@shop.example",))]
    )
    assert report.files == (("a", 2), ("b", 1))
    assert report.faults == (
        Fault("a", 2, "account", "a*** (5 characters)", known=True),
        Fault("b", 1, "email", "x*** (14 characters)", known=False),
    )
    assert report.fault_count == 2


def test_pages_of_one_file_are_one_file() -> None:
    report = scan_pages(GUARD, [page("a", ("acc17",)), page("a", ("acc17",), begin=2), page("empty")])
    assert report.files == (("a", 2), ("empty", 0))
    assert [fault.line for fault in report.faults] == [1, 2]


def test_faults_beyond_those_that_are_told_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_FAULTS", 2)
    report = scan_pages(GUARD, [page("a", *[("acc17",)] * 3), page("b", ("acc17",))])
    assert (len(report.faults), report.fault_count) == (2, 4)


def test_nothing_to_read_finds_nothing() -> None:
    assert scan_pages(GUARD, []).fault_count == 0
