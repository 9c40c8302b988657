"""The export page: by whom, what is recorded, and the file against the stored records."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re

import pytest
from flask import Flask
from sqlalchemy import select

from intake.eligibility import Definition
from intake.errors import UnreadableRecord
from intake.review import export_rows
from intake.review.export import Form
from intake.review.views import download
from intake.submissions import record, rows
from intake.submissions.models import Submission
from intake.submissions.rows import Criteria
from tests.accounts.desk import Desk, Member
from tests.review.made import CRISIS, MARY, Maker, named
from tests.support.client import Visitor
from tests.support.walker import answers

DAY = dt.timedelta(days=1)


def download_file(browser: Visitor, **choices: str) -> list[dict[str, str]]:
    """Fill in the form as rendered, and read the file that comes."""
    browser.open("/staff/export")
    answer = browser.submit(**choices)
    assert answer.status_code == 200, browser.page and browser.page.words
    assert answer.data.startswith(b"\xef\xbb\xbf") and answer.data.endswith(b"\r\n")
    text = answer.data.decode("utf-8-sig")
    assert "\n" not in text.replace("\r\n", "")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.both_databases
def test_the_file_equals_the_stored_records(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """Row for row: every submission whatever its status, with its answers, flags and contact."""
    now = desk.now
    maker.send(now - 3 * DAY, None, given=answers(trials="1"))
    maker.window(now - 2 * DAY, now, named("=SUM(A1)", email="+x@example.com"))
    maker.send(now - DAY, named('李, "O\'Brien"'), given=answers(heart=("unstable", "vessel")))
    maker.crisis(now)
    closed = maker.send(now, given=answers(safety="thoughts", state="nj"))
    stored = desk.session.get_one(Submission, closed.id)
    stored.status, stored.closed_reason = "closed", "referred"
    desk.session.commit()
    found = {row["reference"]: row for row in download_file(clinic, form="identified")}
    desk.session.expire_all()
    kept = desk.session.scalars(select(Submission).order_by(Submission.submitted_at)).all()
    assert list(found) and set(found) == {each.reference for each in kept}
    for each in kept:
        row, check = found[each.reference], record.read_check(desk.keys, each)
        assert (row["outcome"], row["status"]) == (each.outcome, each.status)
        assert row["priority"] == str(int(each.priority))
        assert row["closed_reason"] == (each.closed_reason or "")
        assert row["flags"] == " ".join(str(flag) for flag in check.flags)
        for question in maker.definition.questions:
            chosen = check.answers.get(question.id)
            for choice in question.choices:
                if question.kind == "one":
                    assert row[question.id] == (chosen[0] if chosen else "")
                else:
                    cell = row[f"{question.id}___{choice.code}"]
                    assert cell == ("" if chosen is None else str(int(choice.code in chosen)))
        contact = record.read_contact(desk.keys, each)
        assert row["phone"] == ("305-555-0142" if contact else "")
        starts = each.callbacks[0].starts_at if each.callbacks else None
        assert row["callback_start_utc"] == (f"{starts:%Y-%m-%dT%H:%M:%SZ}" if starts else "")
    names = {row["name"] for row in found.values()}
    assert names == {"", "'=SUM(A1)", '李, "O\'Brien"', "Mary O'Brien"}
    assert {row["email"] for row in found.values()} >= {"'+x@example.com"}


def test_each_form_holds_only_what_it_says(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """The default has no contact; de-identified there is no reference, time or owner either."""
    sent = maker.send(desk.now)
    (plain,) = download_file(clinic)
    assert plain["reference"] == sent.reference and "name" not in plain
    (bare,) = download_file(clinic, form="deidentified")
    (again,) = download_file(clinic, form="deidentified")
    assert {"reference", "owner", "submitted_at_utc", "name"}.isdisjoint(bare)
    assert bare["row_id"] != again["row_id"] and re.fullmatch("r[0-9a-f]{16}", bare["row_id"])
    text = " ".join([*plain.values(), *bare.values()])
    assert "Brien" not in text and "0142" not in text and "1988" not in text


def test_the_answer_is_a_file_that_nobody_keeps(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """It comes as an attachment with day and form in its name, and no cache may store it."""
    maker.send(desk.now)
    for form in ("without_contact", "deidentified", "identified"):
        clinic.open("/staff/export")
        answer = clinic.submit(form=form)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        name = f"intake-2026-11-23-{form.replace('_', '-')}.csv"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Cache-Control"] == "no-store"


def test_criteria_keep_what_they_say(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """Days are the practice's, both included; outcome and state keep what is asked for."""
    midnight = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
    before, first, last, after = (
        maker.send(moment)
        for moment in (
            midnight - dt.timedelta(seconds=1),
            midnight,
            midnight + 2 * DAY - dt.timedelta(seconds=1),
            midnight + 2 * DAY,
        )
    )
    nj = maker.send(midnight, given=answers(state="nj", heart="unstable"))
    found = download_file(clinic, start="2026-11-20", end="2026-11-21")
    assert {row["reference"] for row in found} == {each.reference for each in (first, last, nj)}
    assert [row["reference"] for row in download_file(clinic, start="2026-11-22")] == [
        after.reference
    ]
    assert [row["reference"] for row in download_file(clinic, end="2026-11-19")] == [
        before.reference
    ]
    assert [row["reference"] for row in download_file(clinic, state="nj")] == [nj.reference]
    assert [row["reference"] for row in download_file(clinic, outcome="not_now")] == [nj.reference]
    assert download_file(clinic, outcome="crisis") == []


@pytest.mark.both_databases
def test_each_export_is_two_events(
    desk: Desk, maker: Maker, clinic: Visitor, doctor: Member
) -> None:
    """What was asked for stands before the first byte; what left, with its digest, after."""
    for _ in range(3):
        maker.send(desk.now)
    clinic.open("/staff/export")
    answer = clinic.submit(start="2026-11-01", form="identified", state="fl")
    (begun,) = desk.events("export.begun")
    assert begun.actor_id == doctor.id
    assert json.loads(begun.detail) == {
        "form": "identified",
        "format": "csv",
        "from": "2026-11-01",
        "to": None,
        "outcome": None,
        "state": "fl",
        "rows": 3,
    }
    data = answer.data
    answer.close()
    (finished,) = desk.events("export.finished")
    assert json.loads(finished.detail) == {"rows": 3, "sha256": hashlib.sha256(data).hexdigest()}
    assert finished.sequence > begun.sequence


def test_wrong_criteria_are_kept_with_what_to_do(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """A day that is none, or a period that ends before it begins, exports nothing."""
    cases = {
        ("2026-11-20", "2026-11-19"): "Enter a last day that is not before the first.",
        ("0001-01-01", ""): "Enter a day such as 2026-11-23",
        ("", "9999-12-31"): "Enter a day such as 2026-11-23",
        ("yesterday", ""): "Enter a day such as 2026-11-23",
        ("2026-02-30", ""): "Enter a day such as 2026-11-23",
    }
    for (start, end), problem in cases.items():
        clinic.open("/staff/export")
        assert clinic.submit(start=start, end=end).status_code == 422
        assert clinic.page is not None
        assert problem in clinic.page.words and clinic.page.title.startswith("Error: ")
        assert clinic.page.form().values["start"] == [start]
    assert desk.events("export.begun") == []


def test_only_clinicians_and_only_freshly_confirmed(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, nurse: Member
) -> None:
    """Intake staff are refused and recorded; a clinician confirms again after ten minutes."""
    assert at_desk.get("/staff/export").status_code == 403
    (refused,) = desk.events("access.refused")
    assert refused.actor_id == nurse.id
    form = clinic.open("/staff/export").form()
    desk.clock.forward(minutes=11)
    assert clinic.submit(form).status_code == 303
    assert clinic.response is not None
    assert clinic.response.headers["Location"].startswith("/staff/confirm")
    assert desk.events("export.begun") == []


def test_what_was_chosen_survives_the_confirmation(
    desk: Desk, maker: Maker, clinic: Visitor, doctor: Member
) -> None:
    """Password and code asked for in between, the choices stand in the form again, once."""
    maker.send(desk.now)
    chosen = {"start": "2026-11-01", "end": "", "outcome": "may_fit", "form": "deidentified"}
    form = clinic.open("/staff/export").form()
    desk.clock.forward(minutes=11)
    assert clinic.submit(form, **chosen).status_code == 303
    page = clinic.follow()
    assert page.h1 == "Confirm that it is you"
    code = doctor.code(desk.now)
    assert clinic.submit(password=doctor.password, code=code).status_code == 303
    page = clinic.follow()
    assert "What you chose is still here" in page.words
    values = page.form().values
    assert {name: values[name][0] for name in chosen} == chosen
    assert clinic.submit().status_code == 200
    (event,) = desk.events("export.begun")
    assert json.loads(event.detail)["form"] == "deidentified"
    again = clinic.open("/staff/export")
    assert again.form().values["form"] == ["without_contact"]


@pytest.mark.both_databases
def test_a_record_that_does_not_open_is_a_page_in_words(
    desk: Desk, maker: Maker, clinic: Visitor
) -> None:
    """No half file: the page names the record and the value, and the refusal is recorded."""
    sound, broken = maker.send(desk.now), maker.send(desk.now, given=answers(trials="0"))
    stored = desk.session.get_one(Submission, broken.id)
    stored.check_sealed = desk.session.get_one(Submission, sound.id).check_sealed
    desk.session.commit()
    clinic.open("/staff/export")
    assert clinic.submit().status_code == 409
    assert clinic.page is not None
    assert f"Submission {broken.reference} cannot be read" in clinic.page.words
    assert "submission.check_sealed" in clinic.page.words
    (refused,) = desk.events("export.refused")
    assert json.loads(refused.detail) == {"why": "unreadable"}
    assert desk.events("export.finished") == []


def test_a_record_that_does_not_open_later_breaks_the_file_off(
    app: Flask, desk: Desk, maker: Maker, clinic: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past what is read ahead the transfer is cut, never ended as if it were whole."""
    monkeypatch.setattr(rows, "CHUNK", 1)
    monkeypatch.setattr(download, "READ_AHEAD", 1)
    made = [maker.send(desk.now + dt.timedelta(seconds=number)) for number in range(4)]
    desk.session.get_one(Submission, made[3].id).check_sealed = b"\x01"
    desk.session.commit()
    form = clinic.open("/staff/export").form()
    answer = clinic.wsgi.open(
        form.action, method="POST", data=form.fill(), base_url="http://localhost:8000"
    )
    with pytest.raises(UnreadableRecord):
        answer.get_data()
    answer.close()
    assert len(desk.events("export.refused")) == 1 and desk.events("export.finished") == []
    assert len(download_file(clinic, end="2026-11-22")) == 0


@pytest.mark.both_databases
def test_the_file_is_one_moment_while_others_write(
    desk: Desk, maker: Maker, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row sent or changed during the export is not in it, and the writer does not wait."""
    monkeypatch.setattr(rows, "CHUNK", 1)
    made = [maker.send(desk.now - number * DAY) for number in range(3)]
    shelf: dict[int, Definition] = {1: maker.definition}
    zone = app.extensions["practice"].zone
    with export_rows.snapshot(app.extensions["engine"]) as session:
        form = Form.WITHOUT_CONTACT
        file = export_rows.export_csv(session, desk.keys, shelf, zone, Criteria(), form)
        data = next(file) + next(file)
        maker.send(desk.now + DAY)
        stored = desk.session.get_one(Submission, made[0].id)
        stored.status, stored.closed_reason = "closed", "declined"
        desk.session.commit()
        data += b"".join(file)
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert {row["status"] for row in found} == {"new"} and len(found) == 3 == file.rows
    assert file.sha256 == hashlib.sha256(data).hexdigest()


def test_a_version_that_is_not_here_stops_the_export(desk: Desk, maker: Maker, app: Flask) -> None:
    """What was asked under an unknown version cannot be told, so nothing is claimed."""
    sent = maker.send(desk.now, MARY, given=CRISIS)
    desk.session.get_one(Submission, sent.id).definition_version = 7
    desk.session.commit()
    with export_rows.snapshot(app.extensions["engine"]) as session:
        zone = app.extensions["practice"].zone
        shelf = {1: maker.definition}
        file = export_rows.export_csv(
            session, desk.keys, shelf, zone, Criteria(), Form.WITHOUT_CONTACT
        )
        with pytest.raises(UnreadableRecord, match=f"{sent.reference}.*version 7"):
            list(file)
