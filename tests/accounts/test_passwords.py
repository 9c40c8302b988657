"""Which passwords are refused, and how the others are kept."""

from __future__ import annotations

import re
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.accounts import passwords
from intake.accounts.passwords import Passwords, problem
from intake.errors import TooMany
from tests.accounts.desk import CHEAP

ABOUT = ("ana.silva@bayclinic.example", "Ana Silva", "Tovani Health", "Benjamin Soffer, DO")


@pytest.mark.parametrize(
    "password",
    [
        "wandering cloud teapot nine",
        "4kZ9-bq2W-xx8P-77ab",
        "night heron over the marsh",
        "ünï¢ødé läßt grüßen, né?",
        "ich mag keine lauten möwen",
        "春の海ひねもすのたりのたりかな",
        "purple otter likes nine pears",
        "?{~;*$>|(}.^=+&%[",
        "   x9 q!L% ·· no spaces lost   ",
    ],
)
def test_a_good_password_of_any_kind_stands(password: str) -> None:
    """Fifteen characters of any kind are enough: no rule asks for digits or capitals."""
    assert problem(password, ABOUT) is None


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("", "at least 15"),
        ("fourteen chars", "at least 15"),
        ("ab3#" * 3, "at least 15"),
        ("kZ9qbq2Wxx8P77" * 20, "at most 256"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("abcabcabcabcabcabc", "repeats"),
        ("kQ9!kQ9!kQ9!kQ9!", "repeats"),
        ("passwordpassword", "repeats"),
        ("Correct Horse Battery Staple", "common"),
        ("iloveyouforever", "common"),
        ("P@ssw0rd P@ssw0rd1", "common"),
        ("Password-2026-Password", "common"),
        ("qwertyuiop123456789", "common"),
        ("1qaz2wsx3edc4rfv", "common"),
        ("0987654321poiuytrewq", "common"),
        ("abcdefghijklmnopqrs", "common"),
        ("welcome welcome1234", "common"),
        ("sunshine!dragon!1999", "common"),
        ("Tovani Health 2026!", "common"),
        ("benjamin-soffer-do-1", "common"),
        ("ana.silva@bayclinic.example", "common"),
        ("AnaSilvaBayClinic", "common"),
        ("ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ１２", "common"),
        ("line\nbreak within it", "can type"),
    ],
)
def test_a_guessable_password_is_refused_with_its_reason(password: str, because: str) -> None:
    """Short, common, patterned or personal passwords are refused, and the reason is said."""
    found = problem(password, ABOUT)
    assert found is not None
    assert because in found


@given(st.text(max_size=300))
def test_the_policy_answers_for_any_text(password: str) -> None:
    """No text makes the policy fail, and only texts of 15 to 256 characters can pass."""
    if problem(password, ABOUT) is None:
        assert 15 <= len(unicodedata.normalize("NFKC", password)) <= 256


def test_the_list_is_plain_and_sorted() -> None:
    """The list of common passwords can be read, extended and compared by anyone."""
    lines = passwords.COMMON_FILE.read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if not line.startswith("#")]
    assert len(entries) > 4000
    assert sum(len(entry) >= passwords.SHORTEST for entry in entries) > 800
    assert entries == sorted(set(entries))
    assert all(re.fullmatch("[a-z0-9]{3,}", entry) for entry in entries)


@pytest.mark.parametrize("ending", ["1", "123!", "2026", "1234567890"])
def test_common_passwords_of_our_length_are_refused(ending: str) -> None:
    """Far more than 3,000 passwords that are long enough are known: each entry, dressed up."""
    entries = sorted(passwords.common())[:: 8 if len(ending) < 10 else 4]
    long = [entry.capitalize() + ending for entry in entries if len(entry + ending) >= 15]
    assert len(long) > 30
    assert [each for each in long if problem(each) is None] == []


def test_a_password_fits_however_it_was_typed() -> None:
    """Composed and decomposed, full-width and plain forms are the same password."""
    kept = CHEAP.hash("Grüße vom Ｄeich, 1999")
    assert CHEAP.fits(kept, unicodedata.normalize("NFD", "Grüße vom Deich, 1999"))
    assert not CHEAP.fits(kept, "grüße vom Deich, 1999")


def test_nobody_is_let_in() -> None:
    """Without a kept password, or with a broken one, no password fits."""
    assert not CHEAP.fits(None, "wandering cloud teapot nine")
    assert not CHEAP.fits("", "wandering cloud teapot nine")
    assert not CHEAP.fits("$argon2id$broken", "wandering cloud teapot nine")


def test_the_cost_is_the_one_we_promise() -> None:
    """64 MiB, three passes, one lane, argon2id; nobody's password costs the same."""
    real = Passwords()
    assert real.hash("wandering cloud teapot nine").startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert real._nobody.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert not real.fits(None, "wandering cloud teapot nine")


def test_a_hash_of_another_cost_is_made_anew() -> None:
    """A hash that was made at another cost is recognised."""
    kept = CHEAP.hash("wandering cloud teapot nine")
    assert not CHEAP.is_outdated(kept)
    assert Passwords(memory_kib=128, passes=2).is_outdated(kept)


def test_a_crowd_waits_and_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two hashes run at once; who waits too long is asked to come back."""
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    busy = Passwords(memory_kib=64, passes=1)
    for _ in range(passwords.AT_ONCE):
        busy._slots.acquire()
    with pytest.raises(TooMany):
        busy.fits(None, "wandering cloud teapot nine")
    busy._slots.release()
    seen: list[bool] = []
    other = threading.Thread(target=lambda: seen.append(busy.fits(None, "anything at all")))
    other.start()
    other.join()
    assert seen == [False]
