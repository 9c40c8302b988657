"""The key ring: values sealed with AES-256-GCM, each bound to its table, column and row.

A sealed value is ``0x01 | key id (4 bytes) | nonce (12) | ciphertext and tag``. The additional
data is that header and the name of the place, so that a value moved to another row, column or
purpose does not open (AES-GCM: NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from sqlalchemy.orm import InstrumentedAttribute

from intake.errors import SetupError, UnreadableRecord

FORMAT = b"\x01"
HEADER_BYTES = 5
NONCE_BYTES = 12
PURPOSES = ("cookie", "field", "audit", "csrf", "index")


@dataclass(frozen=True, slots=True)
class Key:
    """One secret of 32 bytes with its number, purpose and state."""

    id: int
    purpose: str
    state: str
    secret: bytes


class KeyRing:
    """The active key of each purpose, and the older ones that still open what they sealed."""

    def __init__(self, keys: list[Key], *, missing_allowed: bool = False) -> None:
        """Index ``keys``; raises ``SetupError`` unless each purpose has one active key.

        ``missing_allowed``: a purpose may have no key at all, as in the file of an older release.
        """
        self._secrets = {
            (key.purpose, key.id): key.secret for key in keys if key.state != "retired"
        }
        self._ciphers = {place: AESGCM(secret) for place, secret in self._secrets.items()}
        self._active: dict[str, int] = {}
        for purpose in PURPOSES:
            active = [key.id for key in keys if key.purpose == purpose and key.state == "active"]
            if not any(key.purpose == purpose for key in keys):
                if missing_allowed:
                    continue
                raise SetupError(
                    f"The key file has no key for {purpose!r} yet: run `intake init`, which adds "
                    "it, then copy the file again."
                )
            if len(active) != 1:
                raise SetupError(
                    f"The key file has {len(active)} active keys for {purpose!r}, needs one: "
                    "restore the key file from its copy."
                )
            self._active[purpose] = active[0]

    def seal(self, purpose: str, place: str, plain: bytes) -> bytes:
        """Seal ``plain`` for ``place`` with the active key of ``purpose``."""
        number = self._active[purpose]
        header = FORMAT + number.to_bytes(4, "big")
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[purpose, number].encrypt(nonce, plain, header + place.encode())
        return header + nonce + sealed

    def open(self, purpose: str, place: str, sealed: bytes) -> bytes:
        """Open what was sealed for ``place``; raises ``UnreadableRecord`` for anything else."""
        header = sealed[:HEADER_BYTES]
        cipher = self._ciphers.get((purpose, int.from_bytes(header[1:], "big")))
        if len(header) < HEADER_BYTES or header[:1] != FORMAT or cipher is None:
            raise UnreadableRecord(
                f"{place}: the key of this value is retired, lost, or not this product's."
            )
        nonce = sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
        try:
            return cipher.decrypt(
                nonce, sealed[HEADER_BYTES + NONCE_BYTES :], header + place.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise UnreadableRecord(
                f"{place}: this value was altered, or belongs to another place."
            ) from error

    def seal_field(self, column: InstrumentedAttribute[Any], row: str, value: Any) -> bytes:
        """Seal a JSON ``value`` for ``column`` of the row whose id is ``row``."""
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.seal("field", place_of(column, row), plain)

    def open_field(self, column: InstrumentedAttribute[Any], row: str, sealed: bytes) -> Any:
        """Open a sealed JSON value of ``column`` in the row ``row``."""
        return json.loads(self.open("field", place_of(column, row), sealed))

    def mac(self, purpose: str, data: bytes) -> tuple[int, bytes]:
        """HMAC-SHA-256 of ``data`` by the active key: (key id, 32 bytes)."""
        number = self._active[purpose]
        return number, hmac.digest(self._secrets[purpose, number], data, hashlib.sha256)

    def mac_fits(self, purpose: str, number: int, data: bytes, expected: bytes) -> bool:
        """Whether ``expected`` is the HMAC of ``data`` by key ``number``, in constant time."""
        secret = self._secrets.get((purpose, number))
        if secret is None:
            return False
        return hmac.compare_digest(hmac.digest(secret, data, hashlib.sha256), expected)

    def labelled_mac(self, label: str, data: bytes) -> bytes:
        """HMAC-SHA-256 of ``data`` (32 bytes) by a key that serves ``label`` and nothing else.

        The key is derived from the secret of forms (HKDF-Expand, RFC 5869), so that a key file
        needs no entry for it. For values that may be forgotten: a rotation gives others.
        """
        info = b"intake|" + label.encode()
        key = HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self.secret("csrf"))
        return hmac.digest(key, data, hashlib.sha256)

    def secret(self, purpose: str) -> bytes:
        """The active secret of ``purpose``, for a library that keeps its own keys."""
        return self._secrets[purpose, self._active[purpose]]

    def fingerprint(self) -> str:
        """A short public name of the ring, to compare it with a copy."""
        parts = sorted(f"{purpose}:{number}" for purpose, number in self._secrets)
        data = "|".join(parts).encode() + b"".join(self._secrets[k] for k in sorted(self._secrets))
        return hashlib.sha256(b"fingerprint|" + data).hexdigest()[:16]


def place_of(column: InstrumentedAttribute[Any], row: str) -> str:
    """The name that binds a sealed value: table, column and row."""
    return f"{column.class_.__tablename__}.{column.key}:{row}"


def token_digest(token: str) -> bytes:
    """SHA-256 of a secret token, which is what the database keeps of it."""
    return hashlib.sha256(token.encode()).digest()


def make_key_file(path: Path, now: dt.datetime) -> None:
    """Write a new key ring at ``path``, readable by its owner alone; never overwrites."""
    keys = [_new_entry(number, purpose, now) for number, purpose in enumerate(PURPOSES, start=1)]
    _write_new(path, {"format": 1, "keys": keys})


def _new_entry(number: int, purpose: str, now: dt.datetime) -> dict[str, Any]:
    """A new active key as the file holds it."""
    return {
        "id": number,
        "purpose": purpose,
        "state": "active",
        "made": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "secret": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def _write_new(path: Path, table: Mapping[str, Any]) -> None:
    """Write ``table`` to a file that was not there, readable by its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(table, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def add_missing_purposes(path: Path, now: dt.datetime) -> bool:
    """Add a key for each purpose that an older key file does not know; whether one was added.

    The file is written beside itself and put in place at once. Raises ``SetupError`` for a file
    that cannot be read.
    """
    read_key_file(path, missing_allowed=True)
    table = json.loads(path.read_text())
    known = {entry["purpose"] for entry in table["keys"]}
    first = max(int(entry["id"]) for entry in table["keys"]) + 1
    added = [
        _new_entry(number, purpose, now)
        for number, purpose in enumerate((p for p in PURPOSES if p not in known), start=first)
    ]
    if added:
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        _write_new(beside, table | {"keys": table["keys"] + added})
        beside.replace(path)
    return bool(added)


def read_key_file(path: Path, *, missing_allowed: bool = False) -> KeyRing:
    """Read the key ring at ``path``; ``missing_allowed``: a purpose may have no key yet.

    Raises ``SetupError`` when it is missing, readable by others, or not a key ring.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise SetupError(
                f"The key file {path} is readable by others: run `chmod 600 {path}`, and if "
                "anyone may have read it, make new keys."
            )
        table = json.loads(path.read_text())
        return KeyRing([_key(entry) for entry in table["keys"]], missing_allowed=missing_allowed)
    except FileNotFoundError as error:
        raise SetupError(f"The key file {path} is missing: restore it from its copy.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"The key file {path} cannot be read ({type(error).__name__}): restore it from its "
            "copy."
        ) from error


def _key(entry: Mapping[str, Any]) -> Key:
    """One entry of the key file; raises ValueError or KeyError when it is not a key."""
    secret = base64.b64decode(entry["secret"], validate=True)
    if len(secret) != 32 or entry["state"] not in ("active", "old", "retired"):
        raise ValueError("not a key")
    return Key(int(entry["id"]), str(entry["purpose"]), str(entry["state"]), secret)
