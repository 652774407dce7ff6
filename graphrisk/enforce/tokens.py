"""What an account, or a key, is called where its own name must not stand.

A token says nothing to whoever lacks the key; a digest without one would: there are few enough account ids
and telephone numbers to try them all.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode

LEAST_KEY_BYTES = 32
TOKEN_LENGTH = 26  # characters of five bits
FINGERPRINT_LENGTH = 32  # characters of four bits

_APART = b"\x1f"


def make_token(key: bytes, purpose: str, kind: str, value: str) -> str:
    """base32(HMAC-SHA256(key, purpose, 0x1f, kind, 0x1f, value)) in lower case, its first 26 characters: 130
    bits. Another purpose or kind, another token, so that what was handed out for two purposes cannot be
    joined. Raises ValueError for a short key, and for a purpose or kind in which the separator occurs."""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"a key of {LEAST_KEY_BYTES} bytes is wanted, not of {len(key)}")
    named = [purpose.encode(), kind.encode()]
    if any(_APART in name for name in named):
        raise ValueError("purpose and kind must not contain the character 0x1f")
    mac = hmac.digest(key, _APART.join([*named, value.encode()]), hashlib.sha256)
    return b32encode(mac).decode().lower()[:TOKEN_LENGTH]


def account_token(key: bytes, account_id: str) -> str:
    """What ledger, manifests and logs call an account."""
    return make_token(key, "ledger", "account", account_id)


def fingerprint(key: bytes) -> str:
    """128 bits in hexadecimal of SHA-256(key). Of the public half of a pair its 32 raw bytes are meant; of a
    secret key it betrays nothing, because nobody can try 32 random bytes."""
    return hashlib.sha256(key).hexdigest()[:FINGERPRINT_LENGTH]
