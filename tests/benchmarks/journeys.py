"""What people send: whole journeys through the product and through the peer.

A page is read by plain searches for the few things a browser would send back: the cookie, the
form's token, the address of a redirect. Every answer is checked, so that no fast error counts.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tests.benchmarks.client import Reply, Visitor, Wrong

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True, slots=True)
class Walk:
    """The answers of one journey in path order: question id to codes."""

    answers: Mapping[str, tuple[str, ...]]

    @property
    def steps(self) -> int:
        """Pages of the journey: start, questions, check."""
        return len(self.answers) + 2


@dataclass(frozen=True, slots=True)
class Stage:
    """One moment of a journey, ready to be sent again and again: a page and its form."""

    get: bytes
    post: bytes
    leads_to: bytes


class Browser:
    """Builds requests to one server and keeps its cookies."""

    def __init__(self, port: int) -> None:
        self._host = b"127.0.0.1:%d" % port
        self._cookies: dict[bytes, bytes] = {}

    def get(self, path: bytes) -> bytes:
        """A request for ``path``."""
        return b"GET %b HTTP/1.1\r\n%b\r\n" % (path, self._head())

    def post(self, path: bytes, form: bytes) -> bytes:
        """A form sent to ``path``."""
        return b"POST %b HTTP/1.1\r\n%bOrigin: http://%b\r\n%bContent-Length: %d\r\n\r\n%b" % (
            path,
            self._head(),
            self._host,
            FORM,
            len(form),
            form,
        )

    def _head(self) -> bytes:
        """The headers that every request carries."""
        cookies = b"; ".join(b"%b=%b" % pair for pair in self._cookies.items())
        cookie = b"Cookie: %b\r\n" % cookies if cookies else b""
        return b"Host: %b\r\nUser-Agent: benchmark\r\nAccept: text/html\r\n%b" % (
            self._host,
            cookie,
        )

    def take(self, reply: Reply, status: int) -> Reply:
        """Keep the cookies of ``reply``; raises ``Wrong`` unless it has ``status``."""
        if reply.status != status:
            raise Wrong(f"{reply.status} instead of {status}: {reply.head!r} {reply.body[:300]!r}")
        start = reply.head.find(b"\r\nSet-Cookie: ")
        while start >= 0:
            end = reply.head.find(b";", start)
            name, _, value = reply.head[start + 14 : end].partition(b"=")
            self._cookies[name] = value
            start = reply.head.find(b"\r\nSet-Cookie: ", end)
        return reply

    @property
    def cookies(self) -> dict[bytes, bytes]:
        """The cookies by name; a test may put others in their place."""
        return self._cookies


def location(reply: Reply) -> bytes:
    """Where a redirect leads, without host."""
    start = reply.head.index(b"\r\nLocation: ") + 12
    end = reply.head.find(b"\r\n", start)
    return reply.head[start : end if end >= 0 else None]


def hidden(reply: Reply, name: bytes) -> bytes:
    """The value of the page's hidden field ``name``."""
    mark = b'name="%b" value="' % name
    start = reply.body.find(mark)
    if start < 0:
        raise Wrong(f"no field {name!r} in {reply.body[:2000]!r}")
    start += len(mark)
    return reply.body[start : reply.body.index(b'"', start)]


def fields(name: str, codes: tuple[str, ...]) -> bytes:
    """``codes`` as the values of one form field."""
    return "&".join(f"{quote(name)}={quote(code)}" for code in codes).encode()


def token_field(reply: Reply) -> bytes:
    """The product's form token as a form field."""
    return b"csrf_token=" + hidden(reply, b"csrf_token")


def ask(browser: Browser, path: bytes) -> Generator[bytes, Reply, Reply]:
    """Open a page."""
    return browser.take((yield browser.get(path)), 200)


def product(browser: Browser, walk: Walk, stages: list[Stage] | None = None) -> Visitor:
    """One person from the start page to the result; keeps the question stages if asked to."""
    yield from ask(browser, b"/eligibility")
    path = b"/eligibility/" + next(iter(walk.answers)).encode()
    for question, codes in walk.answers.items():
        if path != b"/eligibility/" + question.encode():
            raise Wrong(f"at {path!r} instead of {question}")
        page = yield from ask(browser, path)
        form = token_field(page) + b"&" + fields("answer", codes)
        request = browser.post(path, form)
        seen = browser.get(path)
        path = location(browser.take((yield request), 303))
        if stages is not None:
            stages.append(Stage(seen, request, path))
    check = yield from ask(browser, path)
    if path != b"/eligibility/check":
        raise Wrong(f"at {path!r} instead of the check page")
    if stages is not None:
        return
    sent = browser.take((yield browser.post(path, token_field(check))), 303)
    result = yield from ask(browser, location(sent))
    if b"data-outcome=" not in result.body:
        raise Wrong("no outcome on the result page")


def peer_redirect(browser: Browser, walk: Walk) -> Visitor:
    """One person through the peer that redirects after each answer."""
    yield from ask(browser, b"/")
    path = b"/check/%b/" % next(iter(walk.answers)).encode()
    for step in (*walk.answers, "check"):
        page = yield from ask(browser, path)
        form = _peer_form(page, b"redirect_wizard", step, walk)
        path = location(browser.take((yield browser.post(path, form)), 302))
    _peer_sent((yield from ask(browser, path)))


def peer_plain(browser: Browser, walk: Walk) -> Visitor:
    """One person through the peer that answers with the next page."""
    yield from ask(browser, b"/")
    page = yield from ask(browser, b"/plain/")
    for step in (*walk.answers, "check"):
        form = _peer_form(page, b"plain_wizard", step, walk)
        page = browser.take((yield browser.post(b"/plain/", form)), 200)
    _peer_sent(page)


def _peer_form(page: Reply, wizard: bytes, step: str, walk: Walk) -> bytes:
    """The form of one wizard step, filled in."""
    field = b"%b-current_step" % wizard
    form = b"csrfmiddlewaretoken=%b&%b=%b" % (
        hidden(page, b"csrfmiddlewaretoken"),
        field,
        hidden(page, field),
    )
    if step in walk.answers:
        form += b"&" + fields(f"{step}-answer", walk.answers[step])
    return form


def _peer_sent(page: Reply) -> None:
    """Raise ``Wrong`` unless the wizard came to its end."""
    if b"Your answers were sent" not in page.body:
        raise Wrong(f"the peer did not end: {page.body[-600:]!r}")


def again(requests: list[bytes], status: int) -> Visitor:
    """One visitor who sends the same requests over and over."""
    while True:
        for request in requests:
            reply = yield request
            if reply.status != status:
                raise Wrong(f"{reply.status} instead of {status}: {reply.head!r}")


def once(request: bytes, leads_to: bytes) -> Visitor:
    """One visitor who sends one form and is led on."""
    reply = yield request
    if reply.status != 303 or location(reply) != leads_to:
        raise Wrong(f"{reply.status}: {reply.head!r} {reply.body[:300]!r}")
