"""What a server says of itself."""

from __future__ import annotations

import pytest

from graphrisk.stores.neo4j.server_state import size_in_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("346.46MiB", 363_289_640), ("1GiB", 1 << 30), ("512B", 512), ("8 KiB", 8192), ("2TiB", 2 << 40),
        ("0B", None), ("", None), (None, None), ("lots", None), ("10m", None),
    ],
)  # fmt: skip
def test_sizes_are_read_as_the_server_writes_them(text: str | None, size: int | None) -> None:
    assert size_in_bytes(text) == size
