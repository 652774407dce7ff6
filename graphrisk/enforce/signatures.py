"""Ed25519 signatures of what is handed over."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from graphrisk.enforce.tokens import fingerprint


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Raises ValueError for anything but an Ed25519 public key in PEM."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("a public key, but not of Ed25519")
    return key


def key_fingerprint(key: Ed25519PublicKey) -> str:
    return fingerprint(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def is_signed_by(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
