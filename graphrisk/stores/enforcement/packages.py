"""All packages of a workspace, each a folder that is there whole or not at all.

While a package is written or replaced there are hidden folders beside it:
    .PKG-x.unfinished   being filled; worthless
    .PKG-x.new          complete; takes the place of PKG-x
    .PKG-x.old          what PKG-x was; goes once the new one stands
    .PKG-x.removed      on its way out
Whoever writes next clears up behind one who was killed. Only the holder of the ledger's lock writes here.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graphrisk.enforce.dsa import statement_name
from graphrisk.enforce.manifest import (
    DSA_STATEMENTS,
    JSON_LINES,
    MANIFEST,
    PARQUET,
    STATEMENTS,
    Manifest,
    read_manifest,
)
from graphrisk.enforce.package import Package, action_rows, action_table, dsa_lines, statement_lines
from graphrisk.errors import NotFoundError, TamperedError
from graphrisk.flows.enforcement.verify import VerifyReport, split_lines, verify_package
from graphrisk.model.enforcement import ActionRow
from graphrisk.stores.durable import disk_is_asked, sync_folder
from graphrisk.stores.enforcement.package_files import Contents, Signer, write_package_files
from graphrisk.stores.enforcement.package_folder import PackageFolder

_REWRITTEN = (PARQUET, STATEMENTS, DSA_STATEMENTS)  # from which the others are made
_NAME = re.compile(r"PKG-[A-Z0-9]+")
_HIDDEN = re.compile(r"\.(PKG-[A-Z0-9]+)\.(unfinished|new|old|removed)")


class PackageStore:
    """folder: made with the first package."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list_packages(self) -> tuple[str, ...]:
        """Names, sorted."""
        if not self._folder.is_dir():
            return ()
        names = {path.name for path in self._folder.iterdir()}
        replaced = {match[1] for name in names if (match := _HIDDEN.fullmatch(name)) and match[2] == "new"}
        return tuple(sorted(replaced | {name for name in names if _NAME.fullmatch(name)}))

    def place(self, package_id: str) -> Path:
        """Its folder. Raises NotFoundError."""
        if _NAME.fullmatch(package_id):
            # The middle one: who replaced the package was killed between the two steps, or is about to do it
            for name in (package_id, f".{package_id}.new", package_id):
                if (self._folder / name).is_dir():
                    return self._folder / name
        raise NotFoundError("no such package", value=package_id)

    def write(self, package: Package, signer: Signer) -> str:
        """In the place of any that has the name. On the disk when this returns. Returns the manifest's
        SHA-256. The same package signed by the same key is the same bytes."""
        rows = package.told_rows()
        contents = Contents(
            package.header, action_table(rows), statement_lines(package), dsa_lines(package),
            len(package.rows) - len(rows),
        )  # fmt: skip
        return self._put(contents, signer)

    def rewrite_without(
        self, package_id: str, action_ids: Collection[str], supersedes: str, signer: Signer
    ) -> str:
        """What is left without the accounts that these actions are of, under the same name and signed anew;
        where nothing of them is there, nothing is written. supersedes: the SHA-256 of the manifest that the
        ledger knows. Nothing of these accounts stays on the disk; whoever was handed the package before still
        has it. Returns the manifest's SHA-256. Raises NotFoundError, and TamperedError where a file of the
        package is not what its manifest says."""
        self._settle()
        _, now = self.read_manifest(package_id)
        manifest = self._checked(package_id, _REWRITTEN)
        folder = PackageFolder(self.place(package_id))
        table = folder.read_actions(manifest.counts.actions, folder.size(JSON_LINES))
        named = pc.is_in(table.column("action_id"), value_set=_strings(action_ids))
        accounts = set(table.filter(named).column("account_id").to_pylist())
        if not accounts:
            return now
        goes = pc.is_in(table.column("account_id"), value_set=_strings(accounts))
        left, actions = table.filter(pc.invert(goes)), table.filter(goes).column("action_id").to_pylist()
        puids = {statement_name(package_id, each) for each in actions}
        contents = Contents(
            manifest.header, left, _lines_without(folder, STATEMENTS, "account_id", accounts),
            _lines_without(folder, DSA_STATEMENTS, "puid", puids),
            manifest.counts.erased + len(actions), supersedes,
        )  # fmt: skip
        return self._put(contents, signer)

    def read_manifest(self, package_id: str) -> tuple[Manifest, str]:
        """Also its SHA-256, by which the ledger knows it. Its signature is not checked here (verify). Raises
        NotFoundError, TamperedError."""
        content = b"".join(PackageFolder(self.place(package_id)).read(MANIFEST))
        try:
            return read_manifest(content), _sha256(content)
        except ValueError as error:
            raise _changed(package_id, MANIFEST, str(error)) from error

    def read_actions(self, package_id: str, subjects: Mapping[str, str]) -> tuple[ActionRow, ...]:
        """By account and action. subjects: action id -> account token, of the ledger. Raises TamperedError
        where the file is not what the manifest says, or an action is none of the ledger's."""
        manifest = self._checked(package_id, [PARQUET])
        try:
            folder = PackageFolder(self.place(package_id))
            table = folder.read_actions(manifest.counts.actions, folder.size(JSON_LINES))
            return action_rows(table, subjects)
        except (ValueError, KeyError) as error:
            raise _changed(package_id, PARQUET, "is not of this ledger") from error

    def verify(self, package_id: str, public_key: Ed25519PublicKey) -> VerifyReport:
        """See flows.enforcement.verify.verify_package."""
        return verify_package(PackageFolder(self.place(package_id)), public_key)

    def remove(self, package_id: str) -> None:
        """Nothing happens where there is none."""
        self._settle()
        place, away = self._folder / package_id, self._folder / f".{package_id}.removed"
        if _NAME.fullmatch(package_id) and place.is_dir():
            place.rename(away)
            sync_folder(self._folder)
            shutil.rmtree(away)

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        """Packages of other names, and what those left who were killed."""
        self._settle()
        for package_id in set(self.list_packages()) - set(package_ids):
            self.remove(package_id)

    def _put(self, contents: Contents, signer: Signer) -> str:
        name = contents.header.package_id
        if not _NAME.fullmatch(name):
            raise ValueError("no name of a package")
        with disk_is_asked(self._folder / name):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._settle()
            unfinished, new = self._folder / f".{name}.unfinished", self._folder / f".{name}.new"
            unfinished.mkdir()
            try:
                manifest = write_package_files(unfinished, contents, signer)
                sync_folder(unfinished)
                unfinished.rename(new)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            sync_folder(self._folder)
            self._swap(name)
        return _sha256(manifest)

    def _swap(self, name: str) -> None:
        place, old = self._folder / name, self._folder / f".{name}.old"
        if place.exists():
            place.rename(old)
        (self._folder / f".{name}.new").rename(place)
        sync_folder(self._folder)
        if old.exists():
            shutil.rmtree(old)

    def _settle(self) -> None:
        """Ends what somebody who was killed began. One who had not begun to move folders has done nothing."""
        if not self._folder.is_dir():
            return
        hidden = {path: match for path in self._folder.iterdir() if (match := _HIDDEN.fullmatch(path.name))}
        for path, match in hidden.items():
            if match[2] == "new" and not (self._folder / match[1]).exists():
                path.rename(self._folder / match[1])
        sync_folder(self._folder)
        for path in hidden:
            if path.exists():
                shutil.rmtree(path)

    def _checked(self, package_id: str, names: Collection[str]) -> Manifest:
        """Raises TamperedError where one of these files is not what the manifest says."""
        manifest, _ = self.read_manifest(package_id)
        folder = PackageFolder(self.place(package_id))
        for listed in (each for each in manifest.files if each.path in names):
            digest = hashlib.sha256()
            for chunk in folder.read(listed.path):
                digest.update(chunk)
            if digest.hexdigest() != listed.sha256:
                raise _changed(package_id, listed.path, "was changed since it was written")
        return manifest


def _lines_without(folder: PackageFolder, name: str, field: str, values: Collection[str]) -> Iterator[str]:
    """Lines of statements whose field is none of these values."""
    for line in split_lines(folder.read(name)):
        told = json.loads(line)
        if told.get("statement", told)[field] not in values:
            yield line.decode("ascii")


def _strings(texts: Collection[str]) -> pa.Array:
    return pa.array(sorted(texts), pa.string())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _changed(package_id: str, name: str, what: str) -> TamperedError:
    return TamperedError(
        what, where=f"{package_id}/{name}", remedy="`graphrisk enforce verify` says what else was changed"
    )
