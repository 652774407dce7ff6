from __future__ import annotations

from dataclasses import replace

import pytest

from graphrisk.enforce.receivers import Receiver, check_receiver
from graphrisk.errors import ConfigError

SHOP = Receiver("shop", "https://shop.example/enforcement")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example:8443/a/b?key=%20x&y=[1]",
        "https://[2001:db8::1]/",
        "http://localhost:8000/",
        "http://127.0.0.1:1/x",
        "http://127.9.9.9/",
        "http://[::1]:9/",
        "HTTPS://shop.example/".replace("HTTPS", "https"),
    ],
)
def test_https_to_anybody_and_http_to_this_machine_are_taken(url: str) -> None:
    check_receiver(replace(SHOP, url=url), "here")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example:http/",
        "https://[::1/",
        "http://shop.example/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://localhost.shop.example/",
        "http://127.0.0.1.shop.example/",
        "http://[::ffff:10.0.0.1]/",
        "http://127.0.0.1@shop.example/",
        "https://user:password@shop.example/",
        "http://shop.example#@127.0.0.1/",
        "http://127.0.0.1\\@shop.example/",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shop.example/\x1b[31m",
        "https://shöp.example/",
        "https://shop.example/#part",
    ],
)
def test_any_other_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_receiver(replace(SHOP, url=url), "policy.toml [receivers.shop]")
    assert str(caught.value).isprintable() or "\n  -> " in str(caught.value)
    assert "password" not in str(caught.value).replace("a password", "")
    assert "shop.example" not in str(caught.value)


@pytest.mark.parametrize(
    "receiver",
    [
        replace(SHOP, name=""),
        replace(SHOP, name="../../etc"),
        replace(SHOP, name="a" * 41),
        replace(SHOP, name="shop\n"),
        replace(SHOP, batch_size=0),
        replace(SHOP, batch_size=10_001),
        replace(SHOP, try_count=0),
        replace(SHOP, try_count=21),
        replace(SHOP, timeout_seconds=0),
        replace(SHOP, timeout_seconds=float("nan")),
        replace(SHOP, timeout_seconds=301.0),
    ],
)
def test_a_receiver_out_of_bounds_is_refused(receiver: Receiver) -> None:
    with pytest.raises(ConfigError, match="here"):
        check_receiver(receiver, "here")
