"""Passwords: which ones are refused, and how they are kept.

Policy after NIST SP 800-63B-4: 15 to 256 characters in NFKC, any characters, no rules about
their kinds; the whole password is compared with a list of common ones, and the reason is said.
The list has over 4,000 entries (ASVS 6.2.4 asks for 3,000): long passwords and phrases, walks over
the keyboard, and the words that most others are made of: names, places, teams, films, brands,
affection, belief, health, also in Spanish, Portuguese, German and French. Since most common
passwords are shorter than 15 characters, what is made of up to three entries, patterns and one's
own names is refused as well.
Kept as argon2id (RFC 9106) with 64 MiB, three passes, one lane.
"""

from __future__ import annotations

import base64
import functools
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from intake.errors import TooMany

SHORTEST = 15
LONGEST = 256
# Two at a time bounds the memory (128 MiB); a crowd waits, then is told to come back.
AT_ONCE = 2
WAIT_SECONDS = 5

COMMON_FILE = Path(__file__).with_name("common_passwords.txt")
MOST_COMMON_WORDS = 3
LEAST_OWN_CHARACTERS = 6
SHORTEST_OWN_PIECE = 12
SHORTEST_RUN = 4
# Up to this many different marks only part or adorn the words; more are a password of their own.
MOST_PARTING_MARKS = 4
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
RUNS = ROWS + tuple(row[::-1] for row in ROWS)
LOOKALIKES = str.maketrans("@4301!$57", "aaeoiisst")


class Passwords:
    """Hashes and checks passwords; a cheaper one than the default is for tests only."""

    def __init__(self, memory_kib: int = 64 * 1024, passes: int = 3, lanes: int = 1) -> None:
        """Set the cost: memory in KiB, passes over it, lanes."""
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID
        )
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        salt, digest = (_base64(secrets.token_bytes(count)) for count in (16, 32))
        # Costs the same to check as a real one, and no password opens it.
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${digest}"

    def hash(self, password: str) -> str:
        """The argon2id hash of ``password``; raises ``TooMany`` when many others wait."""
        with _Slot(self._slots):
            return self._hasher.hash(normal(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one behind ``kept``; None takes as long and is False.

        Raises ``TooMany`` when many others wait.
        """
        with _Slot(self._slots):
            try:
                right = self._hasher.verify(kept or self._nobody, normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether ``kept`` was made at another cost, and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


class _Slot:
    """One of the places at the hasher, waited for a few seconds."""

    def __init__(self, slots: threading.BoundedSemaphore) -> None:
        self._slots = slots

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=WAIT_SECONDS):
            raise TooMany(WAIT_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._slots.release()


FAR_TOO_LONG = 1_024


def normal(password: str) -> str:
    """The form that is hashed: NFKC, so that every keyboard types the same password.

    What is far too long to be a password is left as it is: normalising it could take seconds.
    """
    if len(password) > FAR_TOO_LONG:
        return password
    return unicodedata.normalize("NFKC", password)


def problem(password: str, about: Iterable[str] = ()) -> str | None:
    """What is wrong with a new ``password``, as words for the person; None when it may stand.

    ``about``: texts that an attacker would try first, such as the e-mail address, the person's
    name and the practice's.
    """
    text = normal(password)
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four words you make up work well."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return "Use only characters that you can type."
    folded = text.casefold()
    if _smallest_piece(folded) < SHORTEST_OWN_PIECE:
        return "Choose another password: this one repeats a short piece."
    own = frozenset(word for part in about for word in _words_of(part))
    plain = re.sub(r"[\W_]+", "", folded)
    swapped = re.sub(r"[\W_]+", "", folded.translate(LOOKALIKES))
    marks = len(set(re.findall(r"[\W_]", folded)))
    few = marks <= MOST_PARTING_MARKS
    if few and any(_is_guessable(form, own) for form in (plain, swapped)):
        return (
            "Choose another password: this one is made of common words, keyboard patterns, "
            "or names that belong to you or the practice."
        )
    return None


@functools.cache
def common() -> frozenset[str]:
    """The list of common passwords and words, in lower case."""
    lines = COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@functools.cache
def _longest_common() -> int:
    """The length of the longest entry of the list."""
    return max(map(len, common()))


def _words_of(text: str) -> set[str]:
    """The words of ``text`` in lower case, and all of them written together."""
    words = [word for word in re.split(r"[\W_]+", normal(text).casefold()) if len(word) >= 3]
    return {*words, "".join(words)} - {""}


def _smallest_piece(text: str) -> int:
    """The length of the shortest piece that, repeated, gives ``text``; the last may be cut."""
    for length in range(1, len(text) // 2 + 1):
        if text[length:] == text[:-length]:
            return length
    return len(text)


def _is_guessable(text: str, own: frozenset[str]) -> bool:
    """Whether ``text`` is up to three common words, any patterns and names, and little else."""
    if text in common():
        return True
    # fewest[at][used]: characters that belong to no known piece, after ``at`` characters.
    start = [0] + [len(text) + 1] * MOST_COMMON_WORDS
    fewest = [start]
    for end in range(1, len(text) + 1):
        row = [left + 1 for left in fewest[end - 1]]
        for begin in range(max(0, end - _longest_common()), end - 2):
            _use_piece(text[begin:end], own, fewest[begin], row)
        fewest.append(row)
    return min(fewest[-1]) < LEAST_OWN_CHARACTERS


def _use_piece(piece: str, own: frozenset[str], before: list[int], row: list[int]) -> None:
    """Lower the counts in ``row`` where ``piece`` is known; a common word is used up."""
    free = piece in own or _is_pattern(piece)
    if not free and piece not in common():
        return
    step = 0 if free else 1
    for used in range(step, len(row)):
        row[used] = min(row[used], before[used - step])


def _is_pattern(piece: str) -> bool:
    """Whether ``piece`` is one character repeated, or a walk along a row of keys."""
    if len(set(piece)) == 1:
        return True
    return len(piece) >= SHORTEST_RUN and any(piece in run for run in RUNS)


def _base64(data: bytes) -> str:
    """Base64 without padding, as argon2's text form has it."""
    return base64.b64encode(data).decode().rstrip("=")
