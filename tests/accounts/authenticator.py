"""An authenticator of our own: it makes passkeys and answers, right ones and every wrong kind."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
HOST = "localhost"
# Flags of authenticator data (WebAuthn, section 6.1).
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey on one device; ``count`` is what it gives with its next answer."""

    count: int = 1
    origin: str = ORIGIN
    host: str = HOST
    verified: bool = True
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any]) -> str:
        """Make the passkey that ``options`` ask for; gives what the browser sends."""
        self.user = decode(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        # EC2, ES256, P-256 (RFC 9053).
        cose = {
            1: 2,
            3: -7,
            -1: 1,
            -2: point.x.to_bytes(32, "big"),
            -3: point.y.to_bytes(32, "big"),
        }
        attested = bytes(15) + b"\x01" + len(self.id).to_bytes(2, "big") + self.id
        data = self._data(ATTESTED) + attested + cbor2.dumps(cose)
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._pack({"clientDataJSON": encode(client), "attestationObject": encode(made)})

    def answer(self, options: dict[str, Any], **changes: Any) -> str:
        """Answer the challenge of ``options``; ``changes`` replace parts of the response."""
        data = self._data(0)
        client = self._client("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signed),
            "userHandle": encode(self.user),
        }
        return self._pack({**response, **changes})

    def _data(self, flags: int) -> bytes:
        """Authenticator data up to the counter, which goes on unless it stands at nought."""
        flags |= PRESENT | (VERIFIED if self.verified else 0)
        host = hashlib.sha256(self.host.encode()).digest()
        count = self.count.to_bytes(4, "big")
        self.count += 1 if self.count else 0
        return host + bytes([flags]) + count

    def _client(self, kind: str, challenge: str) -> bytes:
        """What the browser adds: kind, challenge, origin."""
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _pack(self, response: dict[str, Any]) -> str:
        """The credential as JSON."""
        name = encode(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
