from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from graphrisk.enforce.tokens import account_token, fingerprint, make_token

KEY = bytes(range(32))


def test_a_token_is_the_keyed_digest_that_is_documented() -> None:
    mac = hmac.new(KEY, b"ledger\x1faccount\x1fB\xc3\xa4r", hashlib.sha256).digest()
    assert account_token(KEY, "Bär") == base64.b32encode(mac).decode()[:26].lower()
    assert len(account_token(KEY, "")) == 26


def test_another_key_purpose_kind_or_value_is_another_token() -> None:
    tokens = {
        make_token(KEY, "ledger", "account", "a1"),
        make_token(KEY[::-1], "ledger", "account", "a1"),
        make_token(KEY, "export", "account", "a1"),
        make_token(KEY, "ledger", "device", "a1"),
        make_token(KEY, "ledger", "account", "a2"),
        make_token(KEY, "ledger", "account", "A1"),
    }
    assert len(tokens) == 6


def test_a_value_cannot_pass_for_a_kind() -> None:
    assert make_token(KEY, "p", "k", "x\x1fy") == make_token(KEY, "p", "k", "x\x1fy")
    with pytest.raises(ValueError, match="0x1f"):
        make_token(KEY, "p", "k\x1fx", "y")
    with pytest.raises(ValueError, match="0x1f"):
        make_token(KEY, "p\x1fk", "x", "y")


@pytest.mark.parametrize("key", [b"", b"secret", KEY[:-1]])
def test_a_key_that_could_be_guessed_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        make_token(key, "ledger", "account", "a1")


def test_a_fingerprint_tells_keys_apart_and_contains_none() -> None:
    assert fingerprint(KEY) == hashlib.sha256(KEY).hexdigest()[:32]
    assert fingerprint(KEY) != fingerprint(KEY[::-1])
    assert KEY.hex()[:8] not in fingerprint(KEY)
