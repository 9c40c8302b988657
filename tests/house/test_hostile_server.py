"""Hostile requests before the application: what the server cannot read, and what proxies say."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from intake import server
from tests.accounts.desk import CHEAP, Desk
from tests.house.test_hostile_transport import CARE, HOME, broken, check_headers, knock
from tests.review.made import Maker
from tests.support.client import Visitor
from tests.support.page import check_page
from tests.support.process import free_port, printed, serving
from tests.support.walker import begin

OVER_HTTPS = {"INTAKE_BASE_URL": CARE, "INTAKE_LIMITS": "on"}
BEHIND_ONE = pytest.mark.parametrize(
    "house", [{**OVER_HTTPS, "INTAKE_PROXIES": "1"}], indirect=True
)
# A canary in the first line, a header or the body -> the status; OWN stands for sound headers.
UNREADABLE = {
    b"GET /eligibility?email=zebulon@\xfcber.example HTTP/1.1\r\nOWN\r\n": 400,
    b"GET /?zebulon x HTTP/1.1\r\nOWN\r\n": 400,
    b"GET /?zebulon HTTP/9.9\r\nOWN\r\n": 400,
    b"G{zebulon / HTTP/1.1\r\nOWN\r\n": 400,
    b"zebulon\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nOWNCookie visit=zebulon\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nOWNCoo kie: zebulon\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nOWNCookie: zebulon\0\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nOWNX: zebulon\r\n zebulon\r\n\r\n": 400,
    b"GET /?" + b"zebulon" * 400 + b" HTTP/1.1\r\nOWN\r\n": 414,
    b"GET / HTTP/1.1\r\nOWNX: " + b"zebulon" * 2000 + b"\r\n\r\n": 431,
    b"POST / HTTP/1.1\r\nOWNExpect: zebulon\r\nContent-Length: 0\r\n\r\n": 417,
    b"POST / HTTP/1.1\r\nOWNTransfer-Encoding: zebulon\r\n\r\n": 501,
    b"POST / HTTP/1.1\r\nOWNTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\nzebulon": 400,
}
CHUNKED = (
    b"POST /eligibility/safety HTTP/1.1\r\nHost: localhost:%d\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A server of its own: its port and its instance folder."""
    instance, port = tmp_path_factory.mktemp("door") / "instance", free_port()
    with serving(instance, port):
        yield port, instance


def ask(port: int, sent: bytes) -> str:
    """Everything that comes back for ``sent``, until the server ends the line."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(sent)
        return b"".join(iter(lambda: line.recv(65_536), b"")).decode()


def headers_of(answer: str) -> Headers:
    """The headers of a whole answer."""
    found = Headers()
    for line in answer.partition("\r\n\r\n")[0].split("\r\n")[1:]:
        name, _, value = line.partition(": ")
        # The server may say its name, without a version.
        if (name, value) != ("Server", "gunicorn"):
            found.add(name, value)
    return found


def test_what_cannot_be_read_is_quoted_nowhere(door: tuple[int, Path]) -> None:
    """First line, header or body: a calm page with every header, and nothing of it in the log."""
    port, instance = door
    own = b"Host: localhost:%d\r\nConnection: close\r\n" % port
    for sent, status in UNREADABLE.items():
        answer = ask(port, sent.replace(b"OWN", own))
        assert answer.split()[1] == str(status), sent[:60]
        assert "zebulon" not in answer and answer.count("HTTP/1.1") == 1
        headers = headers_of(answer)
        check_headers(headers)
        assert (headers["Cache-Control"], headers["Connection"]) == ("no-store", "close")
        page = answer.partition("\r\n\r\n")[2]
        assert len(page.encode()) == int(headers["Content-Length"])
        check_page(page)
        assert "We could not read that" in page and "tel:988" in page
    log = printed(instance, port)
    assert "zebulon" not in log and "Traceback" not in log
    assert log.count("request_unreadable") == len(UNREADABLE)


@pytest.mark.parametrize(
    "body",
    [
        b"a\r\nanswer=now\r\n0\r\n\r\n",
        b"ZZ\r\nanswer=zebulon\r\n0\r\n\r\n",
        b"0\r\n\r\nGET /about?zebulon HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"20000\r\n" + b"x" * 20_000,
    ],
)
def test_a_body_without_a_length_is_refused_unread(door: tuple[int, Path], body: bytes) -> None:
    """Chunks, sound or broken, are 411 once, cut nowhere, and never taken for a next request."""
    port, instance = door
    answer = ask(port, CHUNKED % port + body)
    assert answer.split()[1] == "411" and answer.count("HTTP/1.1") == 1
    check_headers(headers_of(answer))
    assert "zebulon" not in answer + printed(instance, port)


def test_no_header_moves_the_application(door: tuple[int, Path]) -> None:
    """A path or scheme in a header, from this machine too: the page is as without it."""
    port, instance = door
    own = b"GET /about HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n" % port
    plain = ask(port, own + b"\r\n")
    assert plain.split()[1] == "200"
    for told in (
        b"SCRIPT_NAME: /zebulon\r\n",
        b"SCRIPT_NAME: /about\r\n",
        b"PATH_INFO: /zebulon\r\n",
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n",
    ):
        answer = ask(port, own + told + b"\r\n")
        assert answer.partition("\r\n\r\n")[2] == plain.partition("\r\n\r\n")[2], told
    assert "zebulon" not in printed(instance, port)


def test_a_fault_before_a_page_is_a_page_and_tells_its_place_only(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    """500 with every header; the log holds the type and place of the error, not its words."""
    answer = server.unread(app, 500).decode()
    assert answer.startswith("HTTP/1.1 500 ") and "Something broke on our side" in answer
    check_headers(headers_of(answer))
    logger = server.DiscreetLogger(Config())
    try:
        raise ValueError("zebulon")
    except ValueError:
        logger.exception("Error handling request %s", "zebulon")
    logger.error_log.handlers.clear()
    said = capfd.readouterr().err
    assert "ValueError at" in said and "test_hostile_server.py:" in said and "zebulon" not in said


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/blog", "/blog/"),
        ("/staff", "/staff/"),
        ("/eligibility//state", "/eligibility/state"),
        ("/static//app.css", "/static/app.css"),
    ],
)
def test_a_way_to_the_right_spelling_names_no_host(app: Flask, path: str, right: str) -> None:
    """Where a slash is missing or doubled the way stays on this host, query included."""
    response = knock(app, "GET", path, query_string="from=x")
    assert response.status_code == 308
    assert response.headers["Location"] == f"{right}?from=x"
    check_headers(response.headers)


@pytest.mark.both_databases
def test_control_characters_in_an_address_are_not_found(app: Flask, session: Session) -> None:
    """On either database and for whoever asks: 404, and not "We are away for a moment"."""
    app.extensions["passwords"] = CHEAP
    admin = Desk(app, session).signed_in("admin")
    token = admin.open("/staff/team").forms(everywhere=True)[0].values["csrf_token"][0]
    kept = {"Cookie": f"staff={admin.cookie('staff')}"}
    for mark in "\0\n\x1b\x7f\x85":
        for path in (
            f"/staff/team/a{mark}b",
            f"/blog/a{mark}b",
            f"/eligibility/{mark}",
            f"/{mark}",
        ):
            assert knock(app, "GET", path, headers=kept).status_code == 404
        gone = f"/staff/account/sessions/a{mark}b/end"
        sent = knock(app, "POST", gone, data={"csrf_token": token}, headers=kept)
        assert sent.status_code == 404


def test_a_value_that_no_column_takes_is_no_absence(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """503 is for a database that is away; a fault of ours is 500 and logged as one."""
    for kind, status in ((DataError, 500), (OperationalError, 503), (InterfaceError, 503)):
        error = kind("select", {}, Exception("zebulon"))
        assert broken(app, monkeypatch, error).status_code == status
    log = capfd.readouterr().err
    assert log.count("unexpected_error") == 1 and "zebulon" not in log


def test_every_line_of_the_log_names_its_request(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The id in the response is the one in the log, each time another, never one from outside."""
    answers = [broken(app, monkeypatch, RuntimeError("x")) for _ in range(2)]
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    told = [answer.headers["X-Request-Id"] for answer in answers]
    assert [line["request_id"] for line in lines] == told and told[0] != told[1]
    asked = knock(app, "GET", "/", headers={"X-Request-Id": "zebulon"})
    assert re.fullmatch("[0-9a-f]{16}", asked.headers["X-Request-Id"])


def test_a_refused_note_does_not_come_back_hidden(app: Flask, session: Session) -> None:
    """The page after a refused note holds its lines, and none of its hidden characters."""
    app.extensions["passwords"] = CHEAP
    desk = Desk(app, session)
    sent = Maker(session, desk.keys).send(desk.now)
    nurse = desk.signed_in("intake")
    page = nurse.open(f"/staff/submissions/{sent.reference}")
    form = next(each for each in page.forms() if each.action.endswith("/note"))
    fields = {**form.values, "kind": "call", "body": "Reached.\n\0\u202eTwice."}
    answered = nurse.wsgi.post(form.action, HOME, data=fields)
    assert answered.status_code == 422 and "Reached.\nTwice." in answered.text
    assert "\0" not in answered.text and "\u202e" not in answered.text


def from_proxy(app: Flask, path: str, said: str | None, **options: Any) -> Any:
    """A request as the proxy in front passes it on, with what it says of the way."""
    told = {} if said is None else {"X-Forwarded-Proto": said}
    options["headers"] = {**options.get("headers", {}), **told}
    return knock(app, options.pop("method", "GET"), path, base_url=CARE, **options)


@BEHIND_ONE
def test_over_plain_http_no_page_is_shown(app: Flask) -> None:
    """Where the proxy says http: a page that leads to HTTPS; probes answer, nothing is taken."""
    for said in ("http", "HTTP", "https, http"):
        for path in ("/", "/eligibility", "/staff/login", "/nowhere", "/static/app.css"):
            response = from_proxy(app, path, said)
            assert response.status_code == 403 and "Set-Cookie" not in response.headers
            assert "Location" not in response.headers
            check_headers(response.headers)
            assert "over HTTPS" in response.text and f'href="{CARE}{path}"' in response.text
        assert from_proxy(app, "/leave", said, method="POST").status_code == 403
        for path in ("/healthz", "/readyz"):
            assert from_proxy(app, path, said).status_code == 200
    for said in ("https", "HTTPS", "http, https", None, ""):
        assert from_proxy(app, "/", said).status_code == 200


@pytest.mark.parametrize("house", [OVER_HTTPS], indirect=True)
def test_without_a_trusted_proxy_nobody_is_believed(app: Flask) -> None:
    """With no proxy named, what a stranger says of the scheme changes nothing."""
    assert from_proxy(app, "/", "http").status_code == 200


@BEHIND_ONE
def test_the_same_name_without_https_is_another_site(app: Flask) -> None:
    """A form from http:// of our own host is 403; from https:// it is ours, any spelling."""
    for origin, status in ((CARE.replace("https", "http"), 403), (CARE, 303), (CARE.upper(), 303)):
        sent = from_proxy(app, "/leave", "https", method="POST", headers={"Origin": origin})
        assert sent.status_code == status, origin
    named = {"Origin": CARE, "Host": "care.example.org:443"}
    assert from_proxy(app, "/leave", "https", method="POST", headers=named).status_code == 303


def test_on_this_machine_a_form_of_https_is_not_ours(app: Flask, client: Visitor) -> None:
    """The product on plain localhost takes forms of plain localhost only."""
    begin(client)
    for origin, status in ((HOME, 303), (HOME.replace("http", "https"), 403)):
        assert knock(app, "POST", "/leave", headers={"Origin": origin}).status_code == status
