"""The keys of enforcement: a folder outside of the workspace, for its owner's eyes only.

signing.pem      Ed25519, PKCS8: signs the ledger's head and packages
signing.pub      its public half, PEM: all that is needed to check what was signed
pseudonym.key    32 random bytes in hexadecimal: makes accounts' tokens
webhook.secret   whsec_ and 32 random bytes in base64: signs deliveries; webhook.NAME.secret, where somebody
                 puts it there, those to the receiver NAME

A key that somebody else may read is refused, not mended: nobody knows who has read it.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from graphrisk.enforce.signatures import is_signed_by, key_fingerprint, read_public_key
from graphrisk.enforce.tokens import LEAST_KEY_BYTES, account_token, fingerprint
from graphrisk.errors import ConfigError, GraphriskError, TamperedError

SIGNING_KEY = "signing.pem"
PUBLIC_KEY = "signing.pub"
PSEUDONYM_KEY = "pseudonym.key"
WEBHOOK_SECRET = "webhook.secret"  # noqa: S105 - the name of a file

Sign: TypeAlias = Callable[[bytes], bytes]

_OTHERS_READ, _OTHERS_WRITE = 0o077, 0o022


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Every key is read when it is needed, so that whoever only checks needs only signing.pub."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> KeyFolder:
        """Raises ConfigError where there is no such folder or no public key in it."""
        keys = cls(folder)
        keys.public_key()
        return keys

    @classmethod
    def create(cls, folder: Path) -> tuple[KeyFolder, tuple[str, ...]]:
        """Makes what is absent, and nothing anew. Returns the names of what was made, too. A public key is
        made of the private one. Raises ConfigError where a public key stands there without its private one:
        a new pair would sign what nobody can check against the old."""
        keys = cls(folder)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable("the folder of keys cannot be made", folder, error) from error
        if (folder / PUBLIC_KEY).exists() and not (folder / SIGNING_KEY).exists():
            raise _absent(folder / SIGNING_KEY)
        made = [
            name
            for name, make in (
                (SIGNING_KEY, _new_signing_key),
                (PSEUDONYM_KEY, _new_pseudonym_key),
                (WEBHOOK_SECRET, _new_webhook_secret),
            )
            if _write_absent(folder / name, make, mode=0o600)
        ]
        if _write_absent(folder / PUBLIC_KEY, keys._public_pem, mode=0o644):
            made.append(PUBLIC_KEY)
        keys.check()
        return keys, tuple(sorted(made))

    def check(self) -> None:
        """Reads all keys. Raises as these."""
        self.sign(b"")
        self.token_key()
        self.webhook_secret()

    @property
    def signing_fingerprint(self) -> str:
        """Of the public half."""
        return key_fingerprint(self.public_key())

    @property
    def pseudonym_fingerprint(self) -> str:
        return fingerprint(self.token_key())

    def public_key(self) -> Ed25519PublicKey:
        path = self.folder / PUBLIC_KEY
        try:
            return read_public_key(_read(path, _OTHERS_WRITE))
        except ValueError as error:
            raise _no_key(path, "an Ed25519 public key in PEM") from error

    def sign(self, message: bytes) -> bytes:
        """Ed25519, 64 bytes. Raises as signer."""
        return self.signer()(message)

    def signer(self) -> Sign:
        """To sign several messages with the key as it is now. Raises TamperedError where the public key is
        another pair's."""
        key = self._private_key()
        if key_fingerprint(key.public_key()) != self.signing_fingerprint:
            raise TamperedError(
                f"it is not the public half of {SIGNING_KEY}", where=str(self.folder / PUBLIC_KEY),
                remedy="bring back the pair of files that was made together",
            )  # fmt: skip
        return key.sign

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether our key signed it."""
        return is_signed_by(self.public_key(), message, signature)

    def token_key(self) -> bytes:
        """For enforce.tokens.make_token."""
        path = self.folder / PSEUDONYM_KEY
        try:
            key = bytes.fromhex(_read(path, _OTHERS_READ).decode("ascii"))
        except ValueError as error:
            raise _no_key(path, f"{LEAST_KEY_BYTES} bytes in hexadecimal") from error
        if len(key) != LEAST_KEY_BYTES:
            raise _no_key(path, f"{LEAST_KEY_BYTES} bytes in hexadecimal")
        return key

    def account_token(self, account_id: str) -> str:
        return account_token(self.token_key(), account_id)

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def webhook_secret(self, name: str = WEBHOOK_SECRET) -> str:
        """As Standard Webhooks writes it: whsec_ and base64; several on lines of their own while one takes
        the place of another. name: of its file."""
        path = self.folder / name
        try:
            text = _read(path, _OTHERS_READ).decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise _no_key(path, "whsec_ and base64") from error
        if not text.startswith("whsec_"):
            raise _no_key(path, "whsec_ and base64")
        return text

    def _private_key(self) -> Ed25519PrivateKey:
        path = self.folder / SIGNING_KEY
        try:
            key = load_pem_private_key(_read(path, _OTHERS_READ), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_key(path, "an Ed25519 key in PEM, PKCS8, without a password") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _no_key(path, "an Ed25519 key in PEM, PKCS8, without a password")
        return key

    def _public_pem(self) -> bytes:
        public = self._private_key().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _new_signing_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _new_pseudonym_key() -> bytes:
    return secrets.token_bytes(LEAST_KEY_BYTES).hex().encode("ascii") + b"\n"


def _new_webhook_secret() -> bytes:
    return b"whsec_" + b64encode(secrets.token_bytes(32)) + b"\n"


def _write_absent(path: Path, make: Callable[[], bytes], *, mode: int) -> bool:
    """Whether it was absent, and now is there: whole, because it is written beside its place and then linked
    there, which fails where somebody else was first."""
    if path.exists():
        return False
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(beside)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritable("the key cannot be written", path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return True


def _read(path: Path, forbidden_mode: int) -> bytes:
    """Raises ConfigError where it is absent, unreadable, or open to others in a forbidden way."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except FileNotFoundError:
        raise _absent(path) from None
    except OSError as error:
        raise ConfigError(f"the key cannot be read: {error.strerror}", where=str(path)) from error
    if mode & forbidden_mode:
        right = "600" if forbidden_mode == _OTHERS_READ else "644"
        raise ConfigError(
            "others than its owner may read or change this key", where=str(path), value=f"{mode & 0o777:04o}",
            remedy=f"if nobody did, `chmod {right}` it; otherwise make new keys and a new ledger",
        )  # fmt: skip
    return text


def _absent(path: Path) -> ConfigError:
    return ConfigError(
        "there is no such key", where=str(path),
        remedy="`graphrisk enforce init` makes keys where there is no ledger yet; otherwise bring back the"
        " folder of keys, or name it with --keys or GRAPHRISK_KEYS",
    )  # fmt: skip


def _unwritable(what: str, path: Path, error: OSError) -> GraphriskError:
    remedy = "make the place writable for yourself and make room on its disk, or choose another with --keys"
    return GraphriskError(f"{what}: {error.strerror}", where=str(path), remedy=remedy)


def _no_key(path: Path, wanted: str) -> ConfigError:
    return ConfigError(f"this is not {wanted}", where=str(path), remedy="bring back the file as it was made")
