"""Any history is read back; any single tampering with it is found, once, at its line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graphrisk.enforce.chain import Link, link_line, read_line, seal
from graphrisk.enforce.chain_check import ChainReport, check_chain, read_clean
from graphrisk.enforce.chain_reading import read_following
from graphrisk.enforce.faults import Anchor, FaultKind
from graphrisk.enforce.head import Head, Intent
from graphrisk.model.ledger import BODIES, Body, Opened

TIMES = st.datetimes(max_value=datetime.fromisoformat("2200-01-01T00:00:00"))
# Few texts and times, so that entries are often alike
LATER_BODIES = st.one_of([st.builds(body) for kind, body in BODIES.items() if kind != "opened"])


@dataclass(frozen=True)
class History:
    """batches: links that were appended together."""

    batches: tuple[tuple[Link, ...], ...]

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(link for batch in self.batches for link in batch)

    @property
    def lines(self) -> list[bytes]:
        return [link_line(link) for link in self.links]

    def head(self, batch_count: int | None = None) -> Head:
        last = self.batches[:batch_count][-1][-1].entry
        return Head(last.seq, last.hash, last.at)

    def intent(self, batch: int = -1) -> Intent:
        """Of that batch, as it was announced."""
        links = self.batches[batch]
        return Intent(links[0].entry.seq - 1, links[0].prev, links[-1].entry.seq, links[-1].entry.hash)

    def check(self, lines: list[bytes], *, anchors: tuple[Anchor, ...] = ()) -> ChainReport:
        """Against the head after all batches."""
        ledger = b"".join(lines)
        report = check_chain(ledger, self.head(), self.intent(), anchors)
        assert report.faults or read_clean(ledger, self.head()) is not None
        return report


@st.composite
def histories(draw: st.DrawFn, least_batches: int = 1) -> History:
    first: list[Body] = [draw(st.builds(Opened))]
    later = st.lists(
        st.lists(LATER_BODIES, min_size=1, max_size=3), min_size=least_batches - 1, max_size=least_batches + 1
    )
    batches: list[tuple[Link, ...]] = []
    for bodies in [first, *draw(later)]:
        last = batches[-1][-1].entry if batches else None
        batches.append(seal(bodies, draw(st.text(max_size=5)), draw(TIMES), last))
    return History(tuple(batches))


def index_of(draw: st.DrawFn, history: History) -> int:
    return draw(st.integers(0, len(history.links) - 1))


@given(histories())
def test_any_history_is_read_back(history: History) -> None:
    report = history.check(history.lines)
    assert report == ChainReport(tuple(link.entry for link in history.links), (), None)
    for link, line in zip(history.links, history.lines, strict=True):
        assert read_line(line) == link
        assert read_following(line, link.entry.seq, link.prev) == link.entry
        assert line.isascii()
        assert json.loads(line)["seq"] == link.entry.seq


@given(histories(), st.data())
def test_a_flipped_byte_is_found_at_its_line(history: History, data: st.DataObject) -> None:
    ledger = b"".join(history.lines)
    offset = data.draw(st.integers(0, len(ledger) - 1))
    flipped = bytearray(ledger)
    flipped[offset] ^= data.draw(st.integers(1, 255))
    report = check_chain(bytes(flipped), history.head(), history.intent())
    assert [fault.line for fault in report.faults] == [ledger.count(b"\n", 0, offset) + 1]
    start, end = ledger.rfind(b"\n", 0, offset) + 1, ledger.find(b"\n", offset) + 1
    assert start <= (report.faults[0].offset or 0) <= end
    assert read_clean(bytes(flipped), history.head()) is None


@given(histories(), st.data())
def test_the_short_way_to_read_a_line_takes_no_other_line_than_the_long_way(
    history: History, data: st.DataObject
) -> None:
    link = data.draw(st.sampled_from(history.links))
    line = bytearray(link_line(link))
    for _ in range(data.draw(st.integers(1, 3))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.sampled_from(b'"\\}{,:0a \n'))
    found = read_following(bytes(line), link.entry.seq, link.prev)
    assert found == (link.entry if bytes(line) == link_line(link) else None)
    other = history.links[0]
    for seq, prev in ((link.entry.seq + 1, link.prev), (link.entry.seq, other.entry.hash)):
        if (seq, prev) != (link.entry.seq, link.prev):
            assert read_following(link_line(link), seq, prev) is None


@given(histories(), st.data())
def test_other_bytes_for_the_same_are_found_at_their_line(history: History, data: st.DataObject) -> None:
    index = index_of(data.draw, history)
    lines = history.lines
    told, line = json.loads(lines[index]), lines[index].decode().rstrip()
    spellings = [
        json.dumps(told, sort_keys=True),
        line[:-1] + " }",
        json.dumps(dict(reversed(told.items())), separators=(",", ":")),
        line.replace('"seq"', '"\\u0073eq"'),
        line[:-1] + f',"seq":{index}}}',
        line + "\r",
    ]
    respelt = data.draw(st.sampled_from(spellings))
    lines[index] = respelt.encode() + b"\n"
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.RESPELT, index + 1, index)


@given(histories(), st.data())
def test_a_changed_value_is_found_at_its_line_whatever_its_hash_says(
    history: History, data: st.DataObject
) -> None:
    index = index_of(data.draw, history)
    link = history.links[index]
    last = history.links[index - 1].entry if index else None
    (forged,) = seal([data.draw(st.builds(type(link.entry.body)))], link.entry.by, link.entry.at, last)
    assume(forged != link)
    lines = history.lines
    lines[index] = link_line(forged)
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.REWRITTEN, index + 1, index)
    lines[index] = lines[index].replace(forged.entry.hash.encode(), link.entry.hash.encode())
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.CHANGED, index + 1, index)


@given(histories(least_batches=2), st.data())
def test_an_entry_that_follows_nothing_is_found_at_its_line(history: History, data: st.DataObject) -> None:
    index = data.draw(st.integers(1, len(history.links) - 1))
    link = history.links[index]
    elsewhere = replace(history.links[index - 1].entry, hash="f" * 64)
    (forged,) = seal([link.entry.body], link.entry.by, link.entry.at, elsewhere)
    lines = history.lines
    lines[index] = link_line(forged)
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.REWRITTEN, index + 1, index)


@given(histories(least_batches=3), st.data())
def test_a_tail_of_another_ledger_is_found_where_it_begins(history: History, data: st.DataObject) -> None:
    index = data.draw(st.integers(1, len(history.links) - 1))
    before = history.links[index - 1].entry
    bodies = [link.entry.body for link in history.links[index:]]
    tail = seal(bodies, "mallory", before.at, replace(before, hash="f" * 64))
    lines = history.lines[:index] + [link_line(link) for link in tail]
    anchors = (Anchor(before.seq, before.hash, "package PKG-1"),)
    fault = history.check(lines, anchors=anchors).faults[0]
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.REWRITTEN, index + 1, index)


@given(histories(), st.data())
def test_what_holds_the_chain_together_is_named_where_it_was_changed(
    history: History, data: st.DataObject
) -> None:
    index = index_of(data.draw, history)
    name = data.draw(st.sampled_from(["hash", "prev", "seq"]))
    lines = history.lines
    told = json.loads(lines[index])
    told[name] = told[name] + 1 if name == "seq" else told[name][::-1].translate({48: 49, 49: 48})
    lines[index] = json.dumps(told, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    assume(lines[index] != history.lines[index])
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.CHANGED, index + 1, index)
    assert f"`{name}` was changed" in fault.words


@given(histories(), st.data())
def test_a_removed_line_is_found_where_it_stood(history: History, data: st.DataObject) -> None:
    index = index_of(data.draw, history)
    lines = history.lines
    del lines[index]
    (fault,) = history.check(lines).faults
    is_last = index == len(lines)
    assert fault.kind is (FaultKind.CUT if is_last else FaultKind.REMOVED)
    assert (fault.line, fault.seq, fault.offset) == (index + 1, index, len(b"".join(lines[:index])))


@given(histories(least_batches=2), st.data())
def test_two_swapped_lines_are_found_at_the_first_and_tell_the_second(
    history: History, data: st.DataObject
) -> None:
    first, second = sorted(
        data.draw(st.lists(st.integers(0, len(history.links) - 1), min_size=2, max_size=2, unique=True))
    )
    lines = history.lines
    lines[first], lines[second] = lines[second], lines[first]
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line) == (FaultKind.SWAPPED, first + 1)
    assert fault.words.endswith(
        f"entries {second} and {first} stand in each other's places, the other in line {second + 1}"
    )


@given(histories(least_batches=3), st.data())
def test_a_line_moved_far_is_found_where_it_stands_now(history: History, data: st.DataObject) -> None:
    index, place = index_of(data.draw, history), index_of(data.draw, history)
    assume(abs(index - place) > 1)
    lines = history.lines
    lines.insert(place, lines.pop(index))
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.MOVED, place + 1, index)


@given(histories(), st.data())
def test_a_copy_of_a_line_is_found_where_it_was_put(history: History, data: st.DataObject) -> None:
    index = index_of(data.draw, history)
    place = data.draw(st.integers(0, len(history.links)))
    lines = history.lines
    lines.insert(place, lines[index])
    (fault,) = history.check(lines).faults
    assert (fault.kind, fault.seq) == (FaultKind.DUPLICATED, index)
    assert fault.line == (index + 2 if place in (index, index + 1) else place + 1)


@given(histories(), st.data())
def test_a_line_that_was_put_in_is_found_where_it_is(history: History, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(history.links)))
    before = history.links[place - 1].entry
    body: Body = data.draw(LATER_BODIES)
    (forged,) = seal([body], data.draw(st.text(max_size=5)), before.at, before)
    assume(forged not in history.links)
    garbage = data.draw(st.sampled_from([b"\n", b"{}\n", b"[[[[\n", b"\xff\n", b"null\n"]))
    for line in (link_line(forged), garbage):
        lines = history.lines
        lines.insert(place, line)
        (fault,) = history.check(lines).faults
        is_after_head = place == len(history.links) and line != garbage
        assert fault.kind is (FaultKind.APPENDED if is_after_head else FaultKind.INSERTED)
        assert fault.line == place + 1


@given(histories(), st.data())
def test_a_cut_tail_is_found_where_the_cut_is(history: History, data: st.DataObject) -> None:
    ledger = b"".join(history.lines)
    size = data.draw(st.integers(0, len(ledger) - 1))
    (fault,) = check_chain(ledger[:size], history.head(), history.intent()).faults
    whole_lines = ledger.count(b"\n", 0, size)
    assert (fault.kind, fault.line, fault.seq) == (FaultKind.CUT, whole_lines + 1, whole_lines)
    assert fault.offset == size


@given(histories(least_batches=2), st.data())
def test_a_tail_cut_with_its_head_is_found_by_whoever_knows_a_later_entry(
    history: History, data: st.DataObject
) -> None:
    kept = data.draw(st.integers(1, len(history.batches) - 1))
    last = history.links[-1].entry
    cut = History(history.batches[:kept])
    assert cut.check(cut.lines).faults == ()
    (fault,) = cut.check(cut.lines, anchors=(Anchor(last.seq, last.hash, "package PKG-1"),)).faults
    assert (fault.kind, fault.line) == (FaultKind.CUT, len(cut.links) + 1)
    assert "package PKG-1 knows entry" in fault.words


@given(histories(least_batches=2), st.data())
def test_a_chain_written_anew_to_its_end_is_found_by_its_head(history: History, data: st.DataObject) -> None:
    index = data.draw(st.integers(1, len(history.links) - 1))
    before = history.links[index - 1].entry
    bodies = [data.draw(LATER_BODIES), *(link.entry.body for link in history.links[index + 1 :])]
    forged = seal(bodies, "mallory", before.at, before)
    assume(forged[0].entry.body != history.links[index].entry.body)
    lines = history.lines[:index] + [link_line(link) for link in forged]
    (fault,) = history.check(lines, anchors=(Anchor(before.seq, before.hash, "package PKG-1"),)).faults
    assert (fault.kind, fault.seq) == (FaultKind.REWRITTEN, len(history.links) - 1)
    if index < len(history.links) - 1:
        assert f"from entry {index} on" in fault.words


@given(histories(least_batches=2), st.data())
def test_an_interrupted_write_is_no_fault_and_does_not_count(history: History, data: st.DataObject) -> None:
    counted = b"".join(history.lines[: -len(history.batches[-1])])
    size = data.draw(st.integers(len(counted), len(b"".join(history.lines))))
    zeros = data.draw(st.sampled_from([b"", b"\0" * 9])) if size < len(b"".join(history.lines)) else b""
    report = check_chain(b"".join(history.lines)[:size] + zeros, history.head(-1), history.intent())
    assert report.faults == ()
    assert len(report.entries) == len(history.links) - len(history.batches[-1])
    left = size + len(zeros) - len(counted)
    assert (report.remnant.byte_count if report.remnant else 0) == left


@given(histories(least_batches=2), st.data())
def test_other_entries_than_were_announced_are_no_interrupted_write(
    history: History, data: st.DataObject
) -> None:
    announced = history.batches[-1]
    last = history.batches[-2][-1].entry
    bodies = [data.draw(LATER_BODIES) for _ in announced]
    forged = seal(bodies, announced[0].entry.by, announced[0].entry.at, last)
    assume(forged != announced)
    lines = history.lines[: -len(announced)] + [link_line(link) for link in forged]
    report = check_chain(b"".join(lines), history.head(-1), history.intent())
    assert [(fault.kind, fault.seq) for fault in report.faults] == [
        (FaultKind.APPENDED, link.entry.seq) for link in forged
    ]


@given(histories(least_batches=3), st.data())
def test_an_older_head_put_back_is_no_interrupted_write(history: History, data: st.DataObject) -> None:
    batch_count = data.draw(st.integers(1, len(history.batches) - 2))
    report = check_chain(b"".join(history.lines), history.head(batch_count), history.intent())
    last = history.head(batch_count).seq
    assert [(fault.kind, fault.seq) for fault in report.faults] == [
        (FaultKind.APPENDED, seq) for seq in range(last + 1, len(history.links))
    ]


@given(st.binary(max_size=300), st.one_of(st.none(), st.builds(Head, st.integers(0, 3), st.text(), TIMES)))
def test_no_bytes_are_a_traceback(ledger: bytes, head: Head | None) -> None:
    report = check_chain(ledger, head, None)
    assert report.faults or (not ledger and head is None)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000, b'{"seq":' + b"9" * 5000 + b"}", b"NaN", b'"\\ud800"',
    ],
)  # fmt: skip
def test_what_python_reads_badly_is_unreadable(line: bytes) -> None:
    (fault,) = check_chain(line + b"\n", None, None).faults
    assert fault.line == 1
