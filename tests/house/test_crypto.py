"""The key ring: a value opens in its own place, and nowhere else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.crypto import Key, KeyRing, add_missing_purposes, make_key_file, read_key_file
from intake.errors import SetupError, UnreadableRecord

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
PURPOSES = ("cookie", "field", "audit", "csrf", "index")


def ring(*extra: Key) -> KeyRing:
    """A ring with one active key a purpose, and ``extra``."""
    keys = [Key(n, purpose, "active", bytes([n]) * 32) for n, purpose in enumerate(PURPOSES, 1)]
    return KeyRing([*keys, *extra])


@given(st.binary(max_size=500), st.text(min_size=1, max_size=40))
def test_a_sealed_value_opens_in_its_place(plain: bytes, place: str) -> None:
    """What is sealed for a place comes back unchanged from that place."""
    keys = ring()
    assert keys.open("field", place, keys.seal("field", place, plain)) == plain


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_changed_byte_is_refused(plain: bytes, data: st.DataObject) -> None:
    """Any single changed byte - header, nonce, text or tag - is refused."""
    keys = ring()
    sealed = bytearray(keys.seal("field", "note.body:1", plain))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UnreadableRecord):
        keys.open("field", "note.body:1", bytes(sealed))


@pytest.mark.parametrize("other", ["note.body:2", "note.title:1", "submission.body:1"])
def test_another_place_is_refused(other: str) -> None:
    """A value moved to another row, column or table is refused, and the message names the place."""
    keys = ring()
    sealed = keys.seal("field", "note.body:1", b"words")
    with pytest.raises(UnreadableRecord, match="note|submission"):
        keys.open("field", other, sealed)


def test_another_purpose_is_refused() -> None:
    """A cookie's key does not open a field."""
    keys = ring()
    with pytest.raises(UnreadableRecord):
        keys.open("cookie", "note.body:1", keys.seal("field", "note.body:1", b"words"))


def test_an_older_key_still_opens_and_a_retired_one_does_not() -> None:
    """After a rotation old values open; once the old key is retired they are refused."""
    before = KeyRing(
        [Key(n, purpose, "active", bytes([n]) * 32) for n, purpose in enumerate(PURPOSES, 1)]
    )
    sealed = before.seal("field", "note.body:1", b"words")
    rest = [Key(n, p, "active", bytes([n]) * 32) for n, p in enumerate(PURPOSES, 1) if p != "field"]
    new = Key(9, "field", "active", b"9" * 32)
    old = Key(2, "field", "old", bytes([2]) * 32)
    rotated = KeyRing([*rest, new, old])
    assert rotated.open("field", "note.body:1", sealed) == b"words"
    assert rotated.seal("field", "x:1", b"")[1:5] == (9).to_bytes(4, "big")
    gone = KeyRing([*rest, new, Key(2, "field", "retired", bytes([2]) * 32)])
    with pytest.raises(UnreadableRecord, match="retired"):
        gone.open("field", "note.body:1", sealed)


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    """The file has mode 0600, holds a key a purpose, and a second making fails."""
    path = tmp_path / "keys.json"
    make_key_file(path, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert {key["purpose"] for key in json.loads(path.read_text())["keys"]} == set(PURPOSES)
    with pytest.raises(FileExistsError):
        make_key_file(path, NOW)
    assert read_key_file(path).fingerprint() == read_key_file(path).fingerprint()


def test_an_older_key_file_gains_what_it_lacks(tmp_path: Path) -> None:
    """A purpose that is new gets a key beside the old ones, once; until then one line says how."""
    path = tmp_path / "keys.json"
    make_key_file(path, NOW)
    table = json.loads(path.read_text())
    older = [key for key in table["keys"] if key["purpose"] != "index"]
    path.write_text(json.dumps(table | {"keys": older}))
    with pytest.raises(SetupError, match="run `intake init`"):
        read_key_file(path)
    assert add_missing_purposes(path, NOW) and not add_missing_purposes(path, NOW)
    grown = json.loads(path.read_text())["keys"]
    assert grown[:-1] == older and grown[-1]["purpose"] == "index"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]
    read_key_file(path)


def test_a_label_has_a_key_of_its_own() -> None:
    """By one ring the same data and label give the same value; any other label or ring differs."""
    rest = [Key(n, purpose, "active", b"x" * 32) for n, purpose in enumerate(PURPOSES, 1)]
    values = [
        ring().labelled_mac("limits", b"address:192.0.2.1"),
        ring().labelled_mac("other", b"address:192.0.2.1"),
        ring().labelled_mac("limits", b"address:192.0.2.2"),
        KeyRing(rest).labelled_mac("limits", b"address:192.0.2.1"),
        *(ring().mac(purpose, b"address:192.0.2.1")[1] for purpose in PURPOSES),
    ]
    assert len(set(values)) == len(values) and {len(each) for each in values} == {32}
    assert values[0] == ring().labelled_mac("limits", b"address:192.0.2.1")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666])
def test_a_readable_key_file_is_refused(tmp_path: Path, mode: int) -> None:
    """A key file that others can read stops the start, with the command that mends it."""
    path = tmp_path / "keys.json"
    make_key_file(path, NOW)
    path.chmod(mode)
    with pytest.raises(SetupError, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": [1]}', '{"keys": []}', "\x00"])
def test_a_broken_key_file_is_one_line(tmp_path: Path, text: str) -> None:
    """A file that is not a key ring is named, without a trace."""
    path = tmp_path / "keys.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SetupError) as error:
        read_key_file(path)
    assert "\n" not in str(error.value)
