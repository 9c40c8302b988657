"""Hostile requests below the pages: hosts, methods, headers, paths, queries, cookies, sizes."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from intake.errors import OutOfDate, Refused, TooMany, UnreadableRecord
from tests.support.client import Visitor
from tests.support.process import free_port, printed, serving
from tests.support.walker import begin

HOME, CARE = "http://localhost:8000", "https://care.example.org"
HSTS = "Strict-Transport-Security"
POLICY = {
    **dict.fromkeys(("default-src", "script-src", "base-uri", "frame-ancestors"), "'none'"),
    **dict.fromkeys(("style-src", "img-src", "font-src", "form-action"), "'self'"),
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FORM = "application/x-www-form-urlencoded"


def knock(app: Flask, method: str, path: str, **options: Any) -> TestResponse:
    """One request as it stands: any method, any character in the path, no browser's tidying."""
    options = {"base_url": HOME, "buffered": True, **options}
    raw = path.encode("utf-8", "surrogatepass").decode("latin-1")
    return app.test_client(use_cookies=False).open(
        "/", method=method, environ_overrides={"PATH_INFO": raw}, **options
    )


def addresses(app: Flask, method: str) -> list[str]:
    """An address of every endpoint that takes ``method``."""
    made = {"question_id": "state", "slug": "x", "name": "app.css", "reference": "KQ7-4FXM"}
    made |= {"number": "1", "order_id": "1"}
    return [
        re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda match: made.get(match[1], "x"), rule.rule)
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ())
    ]


def refusals(app: Flask) -> dict[int, list[Callable[[], TestResponse]]]:
    """Requests for every kind of answer: status -> requests that lead there."""
    page, style = knock(app, "GET", "/"), knock(app, "GET", "/static/app.css")
    old = {"If-None-Match": page.headers["ETag"]}, {"If-None-Match": style.headers["ETag"]}
    big = {"data": "a" * 70_000, "content_type": FORM}

    def ask(method: str, path: str, **options: Any) -> Callable[[], TestResponse]:
        return lambda: knock(app, method, path, **options)

    return {
        200: [ask("GET", path) for path in ("/", "/static/app.css", "/eligibility", "/healthz")]
        + [ask("GET", "/staff/login"), ask("HEAD", "/"), ask("OPTIONS", "/eligibility/state")],
        206: [ask("GET", "/static/app.css", headers={"Range": "bytes=0-9"})],
        303: [ask("GET", "/staff/"), ask("POST", "/leave"), ask("GET", "/callback")],
        304: [ask("GET", "/", headers=old[0]), ask("GET", "/static/app.css", headers=old[1])],
        308: [ask("GET", "/blog")],
        400: [ask("GET", "/", headers={"Host": "evil.example"}), ask("POST", "/staff/login")],
        403: [ask("POST", "/leave", headers={"Origin": "https://evil.example"})],
        404: [ask("GET", path) for path in ("/x", "/static/x", "/eligibility/x", "/staff/x")],
        405: [ask("PUT", "/"), ask("TRACE", "/static/app.css"), ask("GET", "/staff/logout")],
        413: [ask("POST", "/callback/urgent", **big)],
        415: [ask("POST", "/eligibility/state", data="{}", content_type="application/json")],
        416: [ask("GET", "/static/app.css", headers={"Range": "bytes=9999999-"})],
    }


def test_the_headers_stand_on_every_response(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each header once and as it must be, whatever comes back; no version of any server."""
    asked = refusals(app)
    troubles = {
        409: (OutOfDate("x"), UnreadableRecord("x:y")),
        422: (Refused("No."),),
        429: (TooMany(60),),
        500: (RuntimeError("x"),),
        503: (OperationalError("select", {}, Exception("x")),),
    }
    for status, errors in troubles.items():
        asked[status] = [lambda error=error: broken(app, monkeypatch, error) for error in errors]  # type: ignore[misc]  # bound here
    for status, requests in asked.items():
        for request in requests:
            response = request()
            assert response.status_code == status
            check_headers(response.headers)
    assert "RuntimeError" in capfd.readouterr().err


def broken(app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception) -> TestResponse:
    """The answer of a public page whose view raises ``error``."""

    def view() -> None:
        raise error

    view.access = "public"  # type: ignore[attr-defined]  # as the mark does
    monkeypatch.setitem(app.view_functions, "site.about", view)
    return knock(app, "GET", "/about")


SCRIPTS = re.compile(r"'nonce-[\w-]{22}' 'strict-dynamic'")


def check_headers(headers: Any) -> None:
    """Each header stands exactly once, with its value."""
    for name, value in HEADERS.items():
        assert headers.getlist(name) == [value], name
    (policy,) = headers.getlist("Content-Security-Policy")
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    if SCRIPTS.fullmatch(parts["script-src"]):
        # A page of the desk: its own files alone, each named by this answer, which nobody keeps.
        assert parts.pop("connect-src") == "'self'" and headers["Cache-Control"] == "no-store"
        parts["script-src"] = "'none'"
    assert parts == POLICY
    assert re.fullmatch(r"([a-z-]+=\(\)(, )?)+", headers["Permissions-Policy"])
    assert len(headers.getlist("Cache-Control")) == 1 and "Server" not in headers


@pytest.mark.parametrize("house", [{"INTAKE_BASE_URL": CARE, "INTAKE_LIMITS": "on"}], indirect=True)
def test_over_https_cookies_are_shut_in(app: Flask) -> None:
    """__Host-, Secure, HttpOnly, Lax, whole site, no domain, below 4 KB; HSTS; no other name."""
    asked = (("GET", "/eligibility/state"), ("GET", "/staff/login"), ("POST", "/leave"))
    kept = {}
    for method, path in asked:
        response = knock(app, method, path, base_url=CARE)
        check_headers(response.headers)
        (cookie,) = response.headers.getlist("Set-Cookie")
        content, *flags = cookie.split("; ")
        name, _, kept[path] = content.partition("=")
        assert name == ("__Host-staff" if "staff" in path else "__Host-visit")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags)
        assert not any(flag.lower().startswith("domain") for flag in flags) and len(cookie) < 4096
    years = re.match(r"max-age=(\d+)", knock(app, "GET", "/nowhere", base_url=CARE).headers[HSTS])
    assert years is not None and int(years[1]) >= 365 * 86_400
    cookie = f"visit={kept['/eligibility/state']}"
    lost = knock(app, "GET", "/eligibility/check", base_url=CARE, headers={"Cookie": cookie})
    assert lost.headers["Location"] == "/eligibility"


def test_only_our_own_host_is_served(app: Flask) -> None:
    """Missing, empty, foreign, doubled or decorated: 400, on pages, files and forms alike."""
    foreign = ("", "evil.example", "localhost", "localhost:8001", "localhost:8000.evil.example")
    decorated = ("x@localhost:8000", "localhost:8000/", "localhost:8000 ", "[::1]:8000", "\xe9")
    doubled = ("localhost:8000,localhost:8000", "localhost:8000, evil.example")
    for path in ("/", "/static/app.css", "/eligibility/state", "/staff/login", "/nowhere"):
        for host in (*foreign, *decorated, *doubled):
            assert knock(app, "GET", path, headers={"Host": host}).status_code == 400, host
    without = EnvironBuilder("/", HOME).get_environ()
    del without["HTTP_HOST"]
    assert run_wsgi_app(app, without, buffered=True)[1].startswith("400")
    assert knock(app, "GET", "/", headers={"Host": "LOCALHOST:8000"}).status_code == 200
    told = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=ftp"}
    for name in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Proto"):
        told[name] = "/staff/account"
    response = knock(app, "GET", "/", headers=told)
    assert response.status_code == 200 and "evil" not in response.text + str(response.headers)


def test_no_other_method_reaches_a_view(app: Flask) -> None:
    """TRACE, PUT and made-up methods are 405 everywhere; no header or field changes a method."""
    for method in ("TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND"):
        for path in addresses(app, "GET") + addresses(app, "POST"):
            response = knock(app, method, path)
            assert response.status_code == 405 and "Set-Cookie" not in response.headers, path
            assert method not in response.headers["Allow"]
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert knock(app, "GET", "/leave", headers={name: "POST"}).status_code == 405
        sent = knock(app, "POST", "/about", data={"_method": "GET"}, headers={name: "GET"})
        assert sent.status_code == 405


PATHS = (
    "..",
    "../..",
    "..\\..",
    "a\0b",
    "a\r\nX-Evil: 1",
    "\u202e",
    "%2e%2e",
    ".",
    " ",
    "x" * 2000,
)


@pytest.mark.parametrize("folder", ["/blog", "/static", "/static/fonts", "/eligibility", "/staff"])
def test_no_path_leads_out_of_its_folder(app: Flask, folder: str) -> None:
    """Traversal, control characters and other spellings, raw in the path: 404, and no header."""
    files = ("instance/keys.json", "intake/config.py", "etc/passwd", "app.css", "state")
    for odd in PATHS:
        for path in (f"{folder}/{odd}", *(f"{folder}/{odd}/{file}" for file in files)):
            response = knock(app, "GET", path)
            assert response.status_code == 404, path
            assert "X-Evil" not in response.headers and "Set-Cookie" not in response.headers
    for path in (folder.upper(), f"{folder};x", f"{folder}\0", f"{folder}%2f"):
        assert knock(app, "GET", path).status_code == 404, path


def test_a_query_changes_nothing_and_is_not_written_down(
    app: Flask, client: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    """What stands behind the question mark neither decides, nor comes back, nor is logged."""
    begin(client)
    cookies = ("", f"visit={client.cookie()}")
    query = "email=zebulon@example.org&answer=now&state=fl&from=zebulon&outcome=may_fit&id=zebulon"
    for path, cookie in itertools.product(addresses(app, "GET"), cookies):
        headers = {"Cookie": cookie}
        plain = knock(app, "GET", path, headers=headers)
        asked = knock(app, "GET", path, headers=headers, query_string=query)
        assert asked.status_code == plain.status_code, path
        # The desk keeps what was asked for, to lead there after sign-in.
        ways = [each.headers.get("Location", "").partition("?")[0] for each in (asked, plain)]
        assert ways[0] == ways[1], path
        kept = [value for name, value in asked.headers if name not in ("Location", "Set-Cookie")]
        assert b"zebulon" not in asked.data and "zebulon" not in str(kept), path
    assert "zebulon" not in "".join(capfd.readouterr())


def test_no_form_of_another_site_is_taken(app: Flask) -> None:
    """Every form is 403 when another site sends it, the open ones and the crisis ones too."""
    foreign = (
        "https://evil.example",
        "null",
        "",
        "http://localhost:8001",
        "http://x@localhost:8000",
    )
    for path in addresses(app, "POST"):
        told = [{"Origin": origin} for origin in foreign] + [{"Sec-Fetch-Site": "cross-site"}]
        for headers in told:
            response = knock(app, "POST", path, data={"answer": "now"}, headers=headers)
            assert response.status_code == 403 and "Set-Cookie" not in response.headers, path
            assert "tel:988" in response.text or path.startswith("/staff")


# Rules can be sent as a file, by a clinician who is signed in.
TAKES_A_FILE = ("/staff/rules/upload",)


def test_a_form_of_another_size_or_kind_is_refused_everywhere(app: Flask, client: Visitor) -> None:
    """A megabyte is 413; JSON, XML, a file or plain text is 415; the draft stays as it was."""
    begin(client)
    before = client.cookie()
    for path in addresses(app, "POST"):
        big = knock(app, "POST", path, data=b"answer=" + b"x" * 1_000_000, content_type=FORM)
        assert big.status_code == 413, path
        for kind in (
            "application/json",
            "text/xml",
            "text/plain",
            "multipart/form-data; boundary=b",
        ):
            if path in TAKES_A_FILE and kind.startswith("multipart/"):
                continue
            odd = knock(app, "POST", path, data=b'{"answer": "fl"}', content_type=kind)
            assert odd.status_code == 415 and "Set-Cookie" not in odd.headers, path
    assert client.open("/eligibility/state").root.xpath("//input[@checked]") == []
    assert client.cookie() == before


def ask_raw(port: int, *lines: str) -> str:
    """The whole answer to a request of ``lines`` as they stand."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
        parts = iter(lambda: line.recv(65_536), b"")
        return b"".join(parts).decode()


def test_the_server_itself_refuses_and_writes_down_nothing(tmp_path: Path) -> None:
    """A doubled or missing Host is 400, a query is in no log, no server names its version."""
    port = free_port()
    own = f"Host: localhost:{port}"
    with serving(tmp_path / "instance", port):
        answers = [
            ask_raw(port, "GET /eligibility?email=zebulon@example.org HTTP/1.1", own),
            ask_raw(port, "GET /nowhere?email=zebulon@example.org HTTP/1.1", own),
            ask_raw(port, "TRACE /?email=zebulon@example.org HTTP/1.1", own),
        ]
        assert [answer.split()[1] for answer in answers] == ["200", "404", "405"]
        for answer in answers:
            assert not re.search(r"(?mi)^server:.*\d", answer) and "zebulon" not in answer
            assert "Content-Security-Policy" in answer
        for hosts in ([own, own], [own, "Host: evil.example"], ["Host: evil.example", own], []):
            assert ask_raw(port, "GET / HTTP/1.1", *hosts).split()[1] == "400"
        elsewhere = ask_raw(port, "GET http://evil.example/blog HTTP/1.1", own)
        assert "evil.example" not in elsewhere
    assert "zebulon" not in printed(tmp_path / "instance", port)
