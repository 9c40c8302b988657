"""The blind index: a person is found by phone, e-mail or words of the name, and by nothing else.

An entry is an HMAC, by a key of its own, of a field's name and a value's normal form. Whoever has
the database alone learns nothing from it. Every search is a look-up, never a scan. Never commits.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import phonenumbers
from phonenumbers import ValidationResult
from sqlalchemy import delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.submissions.contact import Contact
from intake.submissions.models import Finder, Submission
from intake.submissions.record import read_contact

PAGE = 25
DIGEST_BYTES = 16
# Pairs are kept of this many words, so that a long name has no thousands of entries.
MOST_PAIRED = 12
LONGEST_TERM = 200
# No name has as many; a number with an extension has letters too.
LEAST_DIGITS = 7
# Signs within a name that people type or leave out: O'Brien, OBrien.
APOSTROPHES = "'\u2018\u2019\u02bc\u2032`"
# Letters that do not come apart into a plain one and a mark.
PLAIN_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th"}
)
# Scripts that write names without spaces: each sign is a word.
UNSPACED = ("CJK UNIFIED", "CJK COMPATIBILITY", "HIRAGANA", "KATAKANA", "HANGUL")

Place = tuple[dt.datetime, str]


@dataclass(frozen=True, slots=True)
class Term:
    """What is looked for: ``field`` is phone, email or name; all ``forms`` must be there."""

    field: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, newest first; ``after`` is where the next one begins."""

    rows: Sequence[Submission]
    after: Place | None


def read_term(text: str) -> Term | None:
    """What a person typed as a term; None where there is too little of it to look for.

    With ``@`` it is an e-mail address; digits without letters are a phone number; else words of
    a name, in any order.
    """
    text = text.strip()[:LONGEST_TERM]
    if "@" in text:
        return Term("email", (email_form(text),))
    digits = sum(each.isdigit() for each in text)
    if digits >= LEAST_DIGITS or (digits and not any(each.isalpha() for each in text)):
        number = phone_form(text)
        return Term("phone", (number,)) if number else None
    found = sorted(set(words_of(_joined(text))))
    return Term("name", _smallest(found)) if found else None


def phone_form(text: str) -> str | None:
    """A US phone number in any spelling as E.164; None where it is none."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    # A number without its area code is possible, but on nobody's record.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_form(text: str) -> str:
    """An e-mail address without regard to capitals; dots and tags stay, since they may matter."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def words_of(text: str) -> list[str]:
    """The words of a name: no capitals, no accents, two letters or more, one sign where unspaced.

    Scripts without spaces give each sign as a word.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(PLAIN_LETTERS)
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", folded) if unicodedata.category(each) != "Mn"
    )
    found: list[str] = []
    for run in _runs(unicodedata.normalize("NFC", bare)):
        if _unspaced(run[0]):
            found += run
        elif len(run) > 1:
            found.append(run)
    return found


def _runs(text: str) -> Iterable[str]:
    """Stretches of letters, of one way to write each."""
    letters = re.split(r"[\W\d_]+", text)
    for run in letters:
        for _, same in itertools.groupby(run, key=_unspaced):
            yield "".join(same)


def _unspaced(sign: str) -> bool:
    """Whether ``sign`` belongs to a script that writes names without spaces."""
    return unicodedata.name(sign, "").startswith(UNSPACED)


def _joined(text: str) -> str:
    """``text`` with its words closed up where an apostrophe parts them."""
    whole = unicodedata.normalize("NFKC", text)
    return whole.translate(dict.fromkeys(map(ord, APOSTROPHES)))


def _name_forms(name: str) -> set[str]:
    """What a stored name is found by: each word, and each two of its words."""
    # A name with an apostrophe is found by either way to read it.
    found = list(dict.fromkeys([*words_of(_joined(name)), *words_of(name)]))
    pairs = itertools.combinations(found[:MOST_PAIRED], 2)
    return {*found, *(_pair(*each) for each in pairs)}


def _pair(one: str, other: str) -> str:
    """Two words as one form, in whatever order they were said."""
    return " ".join(sorted((one, other)))


def _smallest(found: Sequence[str]) -> tuple[str, ...]:
    """The fewest forms that all ``found`` words are in: pairs, and the odd one with the first."""
    if len(found) == 1:
        return (found[0],)
    twos = [_pair(*found[start : start + 2]) for start in range(0, len(found) - 1, 2)]
    return (*twos, _pair(found[0], found[-1])) if len(found) % 2 else tuple(twos)


def forms_of(contact: Contact) -> set[tuple[str, str]]:
    """Everything that a contact is found by: (field, normal form)."""
    found = {("phone", contact.phone)}
    if contact.email:
        found.add(("email", email_form(contact.email)))
    return found | {("name", form) for form in _name_forms(contact.name)}


def digest(keys: KeyRing, field: str, form: str) -> tuple[int, bytes]:
    """The key's id and the digest (16 bytes) of a normal form."""
    number, mac = keys.mac("index", f"{field}|{form}".encode())
    return number, mac[:DIGEST_BYTES]


def enter(session: Session, keys: KeyRing, submission: Submission, contact: Contact) -> None:
    """Replace the entries of a locked ``submission``, whose ``contact_at`` is set."""
    # One change of the submission, however many statements: its revision counts changes.
    with session.no_autoflush:
        _replace(session, keys, submission.id, submission.contact_at, contact)
    submission.found_by, _ = digest(keys, "phone", "")


def leave(session: Session, submission: Submission) -> None:
    """Forget the entries of a locked ``submission``."""
    session.execute(delete(Finder).where(Finder.submission_id == submission.id))
    submission.found_by = None


def _replace(
    session: Session, keys: KeyRing, number: str, contact_at: dt.datetime | None, contact: Contact
) -> None:
    """Write the entries of one submission anew."""
    session.execute(delete(Finder).where(Finder.submission_id == number))
    rows = []
    for field, form in sorted(forms_of(contact)):
        key, mac = digest(keys, field, form)
        rows.append(
            {
                "submission_id": number,
                "field": field,
                "digest": mac,
                "key_id": key,
                "contact_at": contact_at,
            }
        )
    session.execute(insert(Finder), rows)


def index_missing(session: Session, keys: KeyRing, most: int = 500) -> int:
    """Enter at most ``most`` submissions from before there was an index; gives how many it saw.

    A contact that does not open has no entries, and counts as entered. May be broken off and
    called again; where nothing is missing, it is one look at an empty index.
    """
    waiting = session.scalars(
        select(Submission)
        .where(Submission.contact_at.is_not(None), Submission.found_by.is_(None))
        .order_by(Submission.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for submission in waiting:
        try:
            contact = read_contact(keys, submission)
        except UnreadableRecord:
            contact = None
        if contact is not None:
            _replace(session, keys, submission.id, submission.contact_at, contact)
        # No change that anybody made, so the revision stays.
        number, _ = digest(keys, "phone", "")
        session.execute(
            update(Submission).where(Submission.id == submission.id).values(found_by=number),
            execution_options={"synchronize_session": False},
        )
    return len(waiting)


def search(
    session: Session,
    keys: KeyRing,
    term: Term,
    actor: Actor,
    now: dt.datetime,
    *,
    after: Place | None = None,
    size: int = PAGE,
) -> Found:
    """One page of the submissions that ``term`` finds, newest contact first, with its event.

    ``after``: the last row of the page before it.
    """
    digests = [digest(keys, term.field, form)[1] for form in term.forms]
    wanted = select(Submission, Finder.contact_at).join(
        Finder, Finder.submission_id == Submission.id
    )
    wanted = wanted.where(Finder.field == term.field, Finder.digest == digests[0])
    for each in digests[1:]:
        other = aliased(Finder)
        wanted = wanted.where(
            exists().where(
                other.submission_id == Finder.submission_id,
                other.field == term.field,
                other.digest == each,
            )
        )
    order = (Finder.contact_at, Finder.submission_id)
    if after is not None:
        wanted = wanted.where(tuple_(*order) < after)
    wanted = wanted.order_by(*(each.desc() for each in order)).limit(size + 1)
    found = session.execute(wanted).all()
    rows = [submission for submission, _ in found[:size]]
    references = [each.reference for each in rows]
    audit.record(
        session, keys, "submission.searched", actor, now, field=term.field, references=references
    )
    last = (found[size - 1][1], rows[-1].id) if len(found) > size else None
    return Found(rows, last)
