"""The folder of keys: made once, refused when others may read it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from graphrisk.errors import ConfigError, GraphriskError, TamperedError
from graphrisk.stores.enforcement.keys import KeyFolder

SECRETS = ("signing.pem", "pseudonym.key", "webhook.secret")


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder.create(tmp_path / "app" / "keys")[0]


def test_keys_are_made_once_and_for_their_owner_alone(keys: KeyFolder) -> None:
    made = {path.name: path.read_bytes() for path in keys.folder.iterdir()}
    assert set(made) == {*SECRETS, "signing.pub"}
    for name in SECRETS:
        assert stat.S_IMODE((keys.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert KeyFolder.create(keys.folder)[1] == ()
    assert {path.name: path.read_bytes() for path in keys.folder.iterdir()} == made


def test_what_is_absent_is_made_and_the_rest_is_kept(keys: KeyFolder) -> None:
    fingerprint = keys.signing_fingerprint
    (keys.folder / "signing.pub").unlink()
    (keys.folder / "webhook.secret").unlink()
    assert KeyFolder.create(keys.folder)[1] == ("signing.pub", "webhook.secret")
    assert keys.signing_fingerprint == fingerprint


def test_two_folders_have_nothing_in_common(keys: KeyFolder, tmp_path: Path) -> None:
    other = KeyFolder.create(tmp_path / "other")[0]
    assert keys.token_key() != other.token_key()
    assert keys.webhook_secret() != other.webhook_secret()
    assert keys.signing_fingerprint != other.signing_fingerprint
    assert keys.pseudonym_fingerprint != other.pseudonym_fingerprint


def test_only_the_key_and_the_message_fit_a_signature(keys: KeyFolder, tmp_path: Path) -> None:
    signature = keys.sign(b"message")
    assert keys.verify(b"message", signature)
    assert not keys.verify(b"massage", signature)
    assert not keys.verify(b"message", signature[:-1])
    assert not KeyFolder.create(tmp_path / "other")[0].verify(b"message", signature)


def test_whoever_only_checks_needs_only_the_public_key(keys: KeyFolder, tmp_path: Path) -> None:
    (tmp_path / "auditor").mkdir()
    (tmp_path / "auditor" / "signing.pub").write_bytes((keys.folder / "signing.pub").read_bytes())
    auditor = KeyFolder.open(tmp_path / "auditor")
    assert auditor.verify(b"message", keys.sign(b"message"))
    with pytest.raises(ConfigError, match="no such key"):
        auditor.sign(b"message")
    with pytest.raises(ConfigError, match="no such key"):
        KeyFolder.create(auditor.folder)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
@pytest.mark.parametrize("name", SECRETS)
def test_a_key_that_others_may_read_is_refused_and_says_what_to_do(
    name: str, mode: int, keys: KeyFolder
) -> None:
    (keys.folder / name).chmod(mode)
    with pytest.raises(ConfigError, match=f"{name}: others than its owner") as refused:
        keys.check()
    assert "chmod 600" in str(refused.value)
    with pytest.raises(ConfigError, match="others"):
        KeyFolder.create(keys.folder)


def test_a_public_key_that_others_may_change_is_refused(keys: KeyFolder) -> None:
    (keys.folder / "signing.pub").chmod(0o666)
    with pytest.raises(ConfigError, match="chmod 644"):
        KeyFolder.open(keys.folder)


def test_keys_of_two_pairs_sign_nothing(keys: KeyFolder, tmp_path: Path) -> None:
    other = KeyFolder.create(tmp_path / "other")[0]
    (keys.folder / "signing.pub").write_bytes((other.folder / "signing.pub").read_bytes())
    with pytest.raises(TamperedError, match=r"not the public half of signing\.pem"):
        keys.sign(b"message")


def test_a_folder_without_keys_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="enforce init"):
        KeyFolder.open(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"\xff", b"00", b"-----BEGIN PRIVATE KEY-----\n"])
@pytest.mark.parametrize("name", [*SECRETS, "signing.pub"])
def test_what_is_no_key_is_no_traceback(name: str, content: bytes, keys: KeyFolder) -> None:
    (keys.folder / name).write_bytes(content)
    with pytest.raises(ConfigError, match=f"{name}: this is not"):
        keys.check()


def test_a_key_of_another_algorithm_is_refused(keys: KeyFolder) -> None:
    rsa = generate_private_key(65537, 2048)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (keys.folder / "signing.pem").write_bytes(pem)
    with pytest.raises(ConfigError, match="Ed25519"):
        keys.sign(b"message")


def test_where_no_key_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GraphriskError, match="cannot be made"):
        KeyFolder.create(tmp_path / "file" / "keys")
