"""Sending through a real mail server that takes, refuses, dawdles, hangs up, or outlives us."""

from __future__ import annotations

import dataclasses
import datetime as dt
import signal
import subprocess
import threading

import pytest
from flask import Flask

from intake.cli.prepare import House
from intake.config import MailServer as Way
from intake.mail import store, worker
from intake.mail.models import Letter
from intake.mail.worker import Office, Round
from tests.conftest import MONDAY_MORNING
from tests.mail.post import BODY, SENDER, SUBJECT, TO, Post
from tests.support.process import PROGRAM, environment, free_port, run
from tests.support.smtp import MailServer

NOW = MONDAY_MORNING
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.both_databases
def test_a_letter_is_sent_once_and_then_forgotten(
    office: Office, server: MailServer, post: Post
) -> None:
    """The server gets it whole; the row keeps no recipient, subject or body; no second round."""
    letter_id = post.put(NOW)
    assert worker.work(office, NOW) == Round(sent=1)
    assert worker.work(office, NOW + dt.timedelta(days=9)) == Round()
    assert server.to == [TO] and len(server.letters) == 1
    read = server.read()
    assert read["Message-ID"] == f"<{letter_id}@example.org>" and read["Subject"] == SUBJECT
    assert read.get_content().replace("\r\n", "\n") == BODY
    kept = post.letter()
    assert kept.state == "sent" and kept.sent_at is not None and kept.lease is None
    assert post.keys.open_field(Letter.letter_sealed, kept.id, kept.letter_sealed) == {}


def test_the_application_sends_what_is_due(mailing: Flask, server: MailServer, post: Post) -> None:
    """``send_due`` takes everything from the application, and gives how many were sent."""
    post.put(NOW)
    post.put(NOW + MINUTE)
    assert worker.send_due(mailing, NOW) == 1
    assert len(server.letters) == 1


def test_without_a_server_letters_wait(app: Flask, post: Post) -> None:
    """No server: nothing is tried, counted or lost."""
    post.put(NOW)
    assert worker.send_due(app, NOW) == 0
    assert (post.letter().state, post.letter().attempts) == ("waiting", 0)


@pytest.mark.parametrize(
    ("place", "answer", "state", "error"),
    [
        ("recipient", "550 5.1.1 no such person as {to}", "dead", "recipient 550"),
        ("recipient", "450 4.2.1 try {to} later", "waiting", "recipient 450"),
        ("recipient", "452 4.2.2 mailbox of {to} full", "waiting", "recipient 452"),
        ("letter", "554 5.7.1 not from you to {to}", "dead", "letter 554"),
        ("letter", "451 4.3.0 later, {to}", "waiting", "letter 451"),
    ],
)
def test_a_refusal_is_for_good_or_for_now(
    office: Office,
    server: MailServer,
    post: Post,
    capfd: pytest.CaptureFixture[str],
    place: str,
    answer: str,
    state: str,
    error: str,
) -> None:
    """5xx is given up at once, 4xx is put off; row and log hold step and code, no address."""
    post.put(NOW)
    setattr(server, place, answer.format(to=TO))
    worker.work(office, NOW)
    kept = post.letter()
    assert (kept.state, kept.error, kept.attempts) == (state, error, 1)
    printed = "".join(capfd.readouterr())
    assert TO not in printed and "quentin" not in printed
    setattr(server, place, "250 OK")
    again = worker.work(office, NOW + 2 * MINUTE)
    assert again.sent == len(server.letters) == (state == "waiting")


def test_a_line_that_drops_is_tried_again_under_the_same_id(
    office: Office, server: MailServer, post: Post
) -> None:
    """The server hangs up after the letter: one try is counted, and the next one arrives."""
    letter_id = post.put(NOW)
    server.hangs_up = True
    assert worker.work(office, NOW) == Round(put_off=1)
    assert post.letter().error == "SMTPServerDisconnected"
    server.hangs_up = False
    assert worker.work(office, NOW + 2 * MINUTE) == Round(sent=1)
    assert server.read()["Message-ID"] == f"<{letter_id}@example.org>"


def test_a_slow_server_costs_a_time_out_and_no_letter(
    office: Office, server: MailServer, post: Post
) -> None:
    """No answer in time: the round ends, other letters are left alone; both arrive, same ids."""
    first = post.put(NOW - MINUTE)
    second = post.put(NOW)
    server.go_on.clear()
    slow = dataclasses.replace(office, seconds=0.2)
    assert worker.work(slow, NOW) == Round(put_off=1)
    assert [each.attempts for each in post.letters()] == [1, 0]
    server.go_on.set()
    assert worker.work(office, NOW + 2 * MINUTE) == Round(sent=2)
    ids = [server.read(number)["Message-ID"] for number in range(3)]
    # The server had taken the first one, only too slowly for us: it is there twice, by one id.
    assert sorted(ids) == sorted(f"<{each}@example.org>" for each in (first, first, second))


def test_no_server_at_the_address(office: Office, post: Post) -> None:
    """Nobody answers: one letter is put off, the others are not even tried."""
    for _ in range(3):
        post.put(NOW)
    nobody = Way("127.0.0.1", free_port(), "none")
    assert worker.work(dataclasses.replace(office, server=nobody), NOW) == Round(put_off=1)
    assert sorted(each.attempts for each in post.letters()) == [0, 0, 1]


def test_no_letter_travels_in_the_clear(office: Office, server: MailServer, post: Post) -> None:
    """A server elsewhere that offers no encryption gets nothing."""
    post.put(NOW)
    elsewhere = Way("127.0.0.1", server.controller.port, "upgrade")
    assert worker.work(dataclasses.replace(office, server=elsewhere), NOW) == Round(put_off=1)
    assert (post.letter().error, server.letters) == ("SMTPNotSupportedError", [])


def test_a_letter_that_cannot_be_opened_is_given_up(office: Office, post: Post) -> None:
    """A sealed value from another row: dead, and the next letter goes on."""
    first, _ = post.put(NOW - MINUTE), post.put(NOW)
    one, two = post.letters()
    one.letter_sealed = two.letter_sealed
    post.session.merge(one)
    post.session.commit()
    assert one.id == first and worker.work(office, NOW) == Round(sent=1, given_up=1)


@pytest.mark.both_databases
def test_two_workers_send_each_letter_once(office: Office, server: MailServer, post: Post) -> None:
    """While nothing fails, workers that run side by side never send a letter twice."""
    ids = {post.put(NOW) for _ in range(12)}
    begin = threading.Barrier(3)
    rounds: list[Round] = []

    def take_part() -> None:
        begin.wait()
        rounds.append(worker.work(office, NOW))

    threads = [threading.Thread(target=take_part) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [server.read(number)["Message-ID"] for number in range(len(server.letters))]
    assert sum(each.sent for each in rounds) == 12
    assert sorted(got) == sorted(f"<{each}@example.org>" for each in ids)


@pytest.mark.both_databases
def test_killed_between_acceptance_and_commit(
    house: House, office: Office, server: MailServer, post: Post
) -> None:
    """The server has the letter, the process dies before it can say so: sent again, same id."""
    name_sender(house)
    began = dt.datetime.now(dt.UTC)
    post.put(began)
    server.go_on.clear()
    sending = subprocess.Popen(
        [*PROGRAM, "mail", "send"],
        env=environment(house.settings.instance, **reached(house, server)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    taken = server.taken.wait(60)
    sending.send_signal(signal.SIGKILL)
    said, _ = sending.communicate()
    assert taken, said
    server.go_on.set()
    assert sending.returncode == -signal.SIGKILL
    assert (post.letter().state, post.letter().attempts) == ("waiting", 1)
    now = dt.datetime.now(dt.UTC)
    assert worker.work(office, now) == Round(), "the dead worker's lease still stands"
    assert worker.work(office, now + store.LEASE) == Round(sent=1)
    ids = [server.read(number)["Message-ID"] for number in range(2)]
    assert ids[0] == ids[1] and len(server.letters) == 2
    assert post.letter().state == "sent"


def name_sender(house: House) -> None:
    """Write a sender into the practice file of ``house``."""
    with house.settings.practice_file.open("a") as file:
        file.write(f'\n[mail]\nsender = "{SENDER}"\n')


def reached(house: House, server: MailServer) -> dict[str, str]:
    """What a process needs to know of ``house`` and ``server``."""
    return {"INTAKE_DATABASE_URL": house.settings.database_url, "INTAKE_SMTP_URL": server.url}


def test_the_commands_say_what_became_of_letters(
    house: House, server: MailServer, post: Post
) -> None:
    """``mail send`` and ``mail test``: codes 0, 1 and 2, numbers and codes, never an address."""
    folder = house.settings.instance
    unset = run(folder, "mail", "send")
    assert unset.returncode == 2 and "No mail server is set" in unset.stderr
    headless = run(folder, "mail", "test", TO, **reached(house, server))
    assert headless.returncode == 2 and "names no sender" in headless.stderr
    name_sender(house)
    post.put(dt.datetime.now(dt.UTC))
    sent = run(folder, "mail", "send", **reached(house, server))
    assert sent.returncode == 0 and sent.stdout.startswith("1 sent, 0 to be tried"), sent.stderr
    tested = run(folder, "mail", "test", TO, **reached(house, server))
    assert tested.returncode == 0 and "code 250" in tested.stdout
    assert server.to == [TO, TO]
    server.recipient = f"550 5.1.1 no {TO} here"
    refused = run(folder, "mail", "test", TO, **reached(house, server))
    assert refused.returncode == 1 and "recipient 550" in refused.stderr
    post.put(dt.datetime.now(dt.UTC))
    dead = run(folder, "mail", "send", **reached(house, server))
    assert dead.returncode == 1 and "1 given up" in dead.stdout
    said = "".join(each.stdout + each.stderr for each in (sent, tested, refused, dead))
    assert TO not in said and "Traceback" not in said
    assert run(folder, "mail", "test", "nobody").returncode == 2
