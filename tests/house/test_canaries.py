"""What a person tells us stays where it belongs: sealed, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, text, update
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.submissions import store
from intake.submissions.models import Note, Submission
from tests.accounts.desk import CHEAP, Desk
from tests.support.client import Visitor
from tests.support.process import run
from tests.support.walker import answers, check_and_send, walk

NAME, NOTE, EMAIL = "Zebulon Quagmire", "remembers the lighthouse", "zebulon@quagmire.example"
NUMBERS = ("5615550147", "561-555-0147", "561 555 0147", "+15615550147")
BORN = ("1987-07-19", "07/19/1987", "19870719")
CANARIES = (NAME, "Zebulon", "Quagmire", NOTE, "lighthouse", EMAIL, *NUMBERS, *BORN)
GIVEN = answers(
    safety="thoughts", mind=["psychosis_past", "bipolar"], body=["bladder"], substances="recovery"
)
CODES = ("thoughts", "psychosis_past", "bipolar", "bladder", "recovery", "30_44", "2_plus")
BOOKING = {
    "window": "asap",
    "name": NAME,
    "phone": "561 555 0147",
    "email": EMAIL,
    "birth_date-day": "19",
    "birth_date-month": "July",
    "birth_date-year": "1987",
    "zone": "America/New_York",
    "voicemail": "number",
}


class Ear:
    """Listens to every response of a browser: status line, headers, title, address."""

    def __init__(self, visitor: Visitor) -> None:
        self.heard: list[str] = []
        self.visitor = visitor
        inner = visitor._check

        def check(method: str, path: str, response: Any) -> None:
            inner(method, path, response)
            cookies = ("Set-Cookie",)
            kept = [f"{k}: {v}" for k, v in response.headers if k not in cookies]
            title = visitor.page.title if visitor.page else ""
            self.heard.append("\n".join([path, title, *kept]))
            if response.status_code >= 400:
                self.heard.append(response.text)

        visitor._check = check  # type: ignore[method-assign]  # the test listens


def whole_story(app: Flask, house: House) -> tuple[Ear, str]:
    """A person books a call; a nurse opens the record and writes a note. What was heard."""
    visitor = Visitor(app)
    ear = Ear(visitor)
    check_and_send(visitor, GIVEN, source="should-you-microdose-ketamine")
    page = visitor.open("/callback")
    wrong = page.form().fill(**BOOKING) | {"window": ["shoe"]}
    assert visitor.post("/callback", wrong).status_code == 422
    ear.heard.pop()
    visitor.open("/callback")
    visitor.submit(**BOOKING)
    assert visitor.follow().address == "/callback/confirmed"
    app.extensions["passwords"] = CHEAP
    with Session(house.engine, expire_on_commit=False) as session:
        nurse = Desk(app, session).signed_in("intake")
        reference = session.query(Submission).one().reference
    listening = Ear(nurse)
    page = nurse.open(f"/staff/submissions/{reference}")
    form = next(each for each in page.forms() if each.action.endswith("/note"))
    field = next(name for name in form.values if name not in ("csrf_token", "revision", "kind"))
    nurse.submit(form, **{field: NOTE})
    nurse.follow()
    shown = nurse.open(f"/staff/submissions/{reference}")
    nurse.submit(next(each for each in shown.forms() if each.action.endswith("/contact")))
    assert NAME in nurse.page.words  # type: ignore[union-attr]  # the page with the contact
    ear.heard += listening.heard
    return ear, reference


@pytest.mark.both_databases
def test_no_canary_leaves_its_place(
    app: Flask, house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    """Names, numbers, birth dates, notes and codes: not in bytes, logs, addresses or headers."""
    ear, _ = whole_story(app, house)
    printed = "".join(capfd.readouterr())
    for canary in CANARIES:
        assert canary not in printed
        assert not any(canary in heard for heard in ear.heard), canary
    for code in CODES:
        assert not any(code in heard for heard in ear.heard), code
    stored = every_value(house)
    for canary in (*CANARIES, *CODES):
        assert canary.encode() not in stored, canary
    if house.engine.dialect.name == "sqlite":
        raw = b"".join(path.read_bytes() for path in Path(house.settings.instance).glob("*sqlite*"))
        assert not [each for each in CANARIES if each.encode() in raw]


def every_value(house: House) -> bytes:
    """All values of all tables but the definition's own file, as bytes."""
    parts: list[bytes] = []
    with house.engine.connect() as connection:
        for table in inspect(house.engine).get_table_names():
            if table == "definition_version":
                continue
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                for value in row:
                    whole = (
                        bytes(value)
                        if isinstance(value, bytes | memoryview)
                        else str(value).encode()
                    )
                    parts.append(whole)
    return b"\n".join(parts)


def test_an_unexpected_error_tells_nothing(
    app: Flask, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault whose message holds an answer: a calm page, and a log of type and place only."""
    visitor = Visitor(app)
    page = walk(visitor, GIVEN)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"{NAME} said thoughts")

    monkeypatch.setattr(store, "submit", fail)
    response = visitor.submit(page.form())
    assert response.status_code == 500
    printed = "".join(capfd.readouterr())
    assert '"error": "RuntimeError"' in printed
    for canary in (NAME, "thoughts", "Traceback"):
        assert canary not in printed and canary not in response.text


@pytest.fixture
def two(app: Flask, house: House) -> tuple[Visitor, list[str]]:
    """Two people with contacts, and a clinician at the desk."""
    app.extensions["passwords"] = CHEAP
    from tests.review.made import Maker

    with Session(house.engine, expire_on_commit=False) as session:
        maker = Maker(session, house.keys)
        references = [maker.send(app.extensions["now"]()).reference for _ in range(2)]
        session.commit()
        clinician = Desk(app, session).signed_in("clinician")
    return clinician, references


DAMAGE = {
    "rows": "UPDATE submission SET check_sealed = (SELECT check_sealed FROM submission s "
    "WHERE s.reference = :other) WHERE reference = :this",
    "columns": "UPDATE submission SET check_sealed = contact_sealed WHERE reference = :this",
    "contact": "UPDATE submission SET contact_sealed = (SELECT contact_sealed FROM submission s "
    "WHERE s.reference = :other) WHERE reference = :this",
}


@pytest.mark.parametrize("damage", [*DAMAGE, "byte", "retired"])
def test_a_value_out_of_place_is_refused_on_the_desk_and_in_the_terminal(
    app: Flask, house: House, two: tuple[Visitor, list[str]], damage: str
) -> None:
    """Swapped between rows or columns, one byte changed, or a key that is gone: named, refused."""
    clinician, (this, other) = two
    with Session(house.engine) as session:
        if damage in DAMAGE:
            session.execute(text(DAMAGE[damage]), {"this": this, "other": other})
        elif damage == "byte":
            row = session.query(Submission).filter_by(reference=this).one()
            broken = bytearray(row.check_sealed)
            broken[-1] ^= 1
            session.execute(
                update(Submission).where(Submission.id == row.id).values(check_sealed=bytes(broken))
            )
        session.commit()
    if damage == "retired":
        ring = app.extensions["keys"]
        for place in [place for place in ring._ciphers if place[0] == "field"]:
            del ring._ciphers[place]
    clinician.get(f"/staff/submissions/{this}")
    if damage == "contact":
        assert clinician.page is not None
        form = next(f for f in clinician.page.forms() if f.action.endswith("/contact"))
        clinician.submit(form)
    assert clinician.response is not None and clinician.response.status_code == 409
    assert this in clinician.response.text and "cannot be read" in clinician.response.text
    assert "Mary" not in clinician.response.text
    if damage == "retired":
        return
    assert clinician.get(f"/staff/submissions/{other}").status_code == 200
    house.engine.dispose()
    done = run(house.settings.instance, "export", "--output", "-", "--identified")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "submission." in done.stderr and "Mary" not in done.stderr


def test_a_note_has_a_place_of_its_own(house: House) -> None:
    """A note's text does not open under another note."""
    sealed = house.keys.seal_field(Note.body_sealed, "1" * 32, NOTE)
    assert house.keys.open_field(Note.body_sealed, "1" * 32, sealed) == NOTE
    with pytest.raises(Exception, match="another place"):
        house.keys.open_field(Note.body_sealed, "2" * 32, sealed)
