"""The blind index: who left a contact is found by its parts, and nobody by anything else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from intake import audit
from intake.cli.prepare import House
from intake.submissions import finding, reach
from intake.submissions.contact import Contact
from intake.submissions.models import Finder, Submission
from tests.conftest import MONDAY_MORNING
from tests.review.made import MARY, Maker, named

LETTERS = st.characters(categories=["Lu", "Ll", "Lo", "Lt"], exclude_characters="\u3164\uffa0")
WORDS = st.text(LETTERS, min_size=2, max_size=8)
PHONES = ("305-555-0142", "(305) 555 0142", "+1 305.555.0142", "13055550142", "305 555 0142 ext. 4")


def found_by(contact: Contact, typed: str) -> bool:
    """Whether ``contact`` has every entry that a search for ``typed`` looks for."""
    term = finding.read_term(typed)
    assert term is not None, typed
    return {(term.field, form) for form in term.forms} <= finding.forms_of(contact)


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_everybody_is_found_by_each_of_their_words(name: list[str]) -> None:
    """Each word, each two and any three, in capitals or not, in any order; of twelve words."""
    contact = named(" ".join(name))
    assume(len(set(finding.words_of(contact.name))) <= finding.MOST_PAIRED)
    for many in (1, 2, 3):
        for chosen in itertools.permutations(name, many):
            said = " ".join(chosen)
            if finding.words_of(said):
                assert found_by(contact, said)
                assert found_by(contact, said.swapcase()) or said.swapcase().casefold() != (
                    said.casefold()
                )


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_nobody_is_found_by_a_word_that_is_not_theirs(name: list[str], other: str) -> None:
    """A word that is none of the name's finds nothing, alone or beside one that is."""
    contact = named(" ".join(name))
    strange = set(finding.words_of(other)) - set(finding.words_of(contact.name))
    for word in (each for each in strange if finding.words_of(each) == [each]):
        assert not found_by(contact, word)
        assert not found_by(contact, f"{word} {name[0]}")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Mary O'Brien", "obrien"),
        ("Mary O\u2019Brien", "O'BRIEN, mary"),
        ("Mary O'Brien", "brien"),
        ("José Núñez-García", "garcia jose"),
        ("Łukasz Strauß", "STRAUSS lukasz"),
        ("王小明", "小明"),
        ("김민수", "김민수"),
        ("Ngô Thị Hạnh", "hanh ngo"),
        ("Ｍａｒｙ Smith", "mary"),
        ("Ana de la Cruz", "cruz de la ana"),
    ],
)
def test_names_are_found_as_people_spell_them(name: str, typed: str) -> None:
    """Accents, capitals, apostrophes, hyphens, widths and order make no difference."""
    assert found_by(named(name), typed)


def test_phones_and_addresses_are_found_in_any_spelling() -> None:
    """Every way to write the number, and any capitals of the address; dots are kept."""
    for spelling in PHONES:
        assert found_by(MARY, spelling), spelling
    assert found_by(MARY, " Mary@Example.COM ")
    assert not found_by(MARY, "ma.ry@example.com")
    assert not found_by(MARY, "305-555-0143")


def test_too_little_is_no_term() -> None:
    """One letter, half a number and signs are nothing to look for."""
    for typed in ("", "a", "5", "555-0142", "-", "' '", "J. R."):
        assert finding.read_term(typed) is None, typed


def entries(session: Session, submission: Submission) -> int:
    """How many entries a submission has."""
    session.rollback()
    wanted = select(func.count()).where(Finder.submission_id == submission.id)
    return session.execute(wanted).scalar_one()


@pytest.mark.both_databases
def test_entries_come_and_go_with_the_contact(house: House, session: Session) -> None:
    """A contact brings its entries, in the same transaction; a forgotten one takes them along."""
    maker = Maker(session, house.keys)
    sent = maker.send(MONDAY_MORNING, None)
    assert entries(session, sent) == 0
    found = maker.send(MONDAY_MORNING)
    # Phone, e-mail, and of mary, obrien and brien each word and each two.
    assert entries(session, found) == 2 + 3 + 3
    with Session(house.engine) as writer:
        reach.close_under_age(writer, house.keys, found.id, MONDAY_MORNING)
        writer.commit()
    assert entries(session, found) == 0


@pytest.mark.both_databases
def test_what_was_kept_before_the_index_is_entered_at_the_next_start(
    house: House, session: Session
) -> None:
    """Every older contact is entered, in as many goes as it takes; the revision stays."""
    maker = Maker(session, house.keys)
    sent = [maker.send(MONDAY_MORNING) for _ in range(5)]
    revisions = [each.revision for each in sent]
    with house.engine.begin() as connection:
        connection.execute(text("DELETE FROM finder"))
        connection.execute(text("UPDATE submission SET found_by = NULL"))
    goes = []
    while not goes or goes[-1]:
        with Session(house.engine) as writer:
            goes.append(finding.index_missing(writer, house.keys, most=2))
            writer.commit()
    assert goes == [2, 2, 1, 0]
    assert all(entries(session, each) == 8 for each in sent)
    session.expire_all()
    assert [session.get_one(Submission, each.id).revision for each in sent] == revisions


@pytest.mark.both_databases
def test_pages_hold_everybody_once_newest_first(house: House, session: Session) -> None:
    """The pages of a search go through all that it finds; each is one event without the term."""
    maker = Maker(session, house.keys)
    sent = [maker.send(MONDAY_MORNING) for _ in range(7)]
    maker.send(MONDAY_MORNING, named("Ann Other", phone="+13055550199", email=None))
    term = finding.read_term("O'Brien Mary")
    assert term is not None
    seen: list[str] = []
    after = None
    with Session(house.engine) as writer:
        while not seen or after:
            page = finding.search(
                writer, house.keys, term, audit.CLOCK, MONDAY_MORNING, after=after, size=3
            )
            seen += [each.id for each in page.rows]
            after = page.after
        writer.commit()
    assert seen == sorted((each.id for each in sent), reverse=True)


@pytest.mark.both_databases
def test_a_search_walks_the_index_and_nothing_else(house: House, session: Session) -> None:
    """No part of the look-up scans or sorts the table, so that its size does not matter."""
    if house.engine.dialect.name != "sqlite":
        term = finding.read_term("a@example.com")
        assert term is not None and term.field == "email"
        return
    plan = session.execute(
        text(
            "EXPLAIN QUERY PLAN SELECT submission_id FROM finder WHERE field = 'name' "
            "AND digest = x'00' AND (contact_at, submission_id) < ('2026', 'x') "
            "ORDER BY contact_at DESC, submission_id DESC LIMIT 26"
        )
    ).all()
    told = " ".join(str(row[-1]) for row in plan)
    assert "ix_finder_found" in told and "SCAN" not in told and "TEMP B-TREE" not in told


def test_the_database_holds_nothing_that_can_be_searched(house: House, session: Session) -> None:
    """Neither a name, nor a number, nor its plain digest stands in the database's bytes."""
    Maker(session, house.keys).send(MONDAY_MORNING)
    session.rollback()
    raw = b"".join(
        path.read_bytes() for path in house.settings.instance.glob("intake.sqlite3*")
    ).lower()
    for word in (b"brien", b"3055550142", b"mary@"):
        assert word not in raw
