"""Settings from the environment, read once into a frozen dataclass."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from intake.errors import SetupError

LOOPBACK_NAMES = ("localhost", "127.0.0.1")
# What a browser leaves out of an address.
USUAL_PORTS = {"http": ":80", "https": ":443"}
HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
# Message submission, with STARTTLS and with TLS from the first byte (RFC 6409, RFC 8314).
MAIL_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes our letters.

    ``tls``: ``first`` (from the first byte), ``upgrade`` (STARTTLS, or no letter) or ``none``,
    which only a server on this machine gets. ``user`` and ``password``: both or neither.
    """

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process was asked to run.

    ``host``/``port``: the address it listens on. ``instance``: folder of keys, database and
    practice file. ``database_url``: SQLAlchemy URL. ``base_url``: scheme and host without a
    trailing slash, as people see it, spelled as browsers do. ``proxies``: how many trusted
    proxies stand in front. ``limits``: rate limits and human timing on or off. ``loopback``: the
    product is being tried on this machine (plain HTTP, example hours). ``mail_server``: who takes
    our letters; without one they wait.
    """

    host: str
    port: int
    instance: Path
    database_url: str
    base_url: str
    proxies: int
    limits: bool
    loopback: bool
    mail_server: MailServer | None = None

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        """Host names (with port where one is given) that a request may carry."""
        parts = urlsplit(self.base_url)
        names: tuple[str, ...] = (parts.netloc,)
        if self.loopback:
            suffix = f":{parts.port}" if parts.port else ""
            names = tuple(f"{each}{suffix}" for each in LOOPBACK_NAMES)
        if parts.port:
            return names
        # A proxy may write the usual port that the browser left out.
        return (*names, *(each + USUAL_PORTS[parts.scheme] for each in names))

    @property
    def keys_file(self) -> Path:
        """Where the key ring lies."""
        return self.instance / "keys.json"

    @property
    def practice_file(self) -> Path:
        """Where the practice's facts lie."""
        return self.instance / "practice.toml"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the ``INTAKE_…`` variables.

        Raises ``SetupError`` with one line that names the variable and the fix.
        """
        port = _whole_number(environ, "INTAKE_PORT", 8000, 1, 65535)
        instance = Path(environ.get("INTAKE_INSTANCE") or "instance").expanduser().resolve()
        base_url = _base_url(environ.get("INTAKE_BASE_URL") or f"http://localhost:{port}")
        limits = (environ.get("INTAKE_LIMITS") or "on").lower()
        if limits not in ("on", "off"):
            raise SetupError(f"INTAKE_LIMITS is {limits!r}: set it to on or off.")
        if limits == "off" and not is_loopback(base_url):
            raise SetupError(
                "INTAKE_LIMITS=off works only with a base URL on localhost: unset it, "
                "so that rate limits stand."
            )
        return cls(
            host=environ.get("INTAKE_HOST") or "127.0.0.1",
            port=port,
            instance=instance,
            database_url=environ.get("INTAKE_DATABASE_URL")
            or f"sqlite:///{instance / 'intake.sqlite3'}",
            base_url=base_url,
            proxies=_whole_number(environ, "INTAKE_PROXIES", 0, 0, 5),
            limits=limits == "on",
            loopback=is_loopback(base_url),
            mail_server=_mail_server(environ.get("INTAKE_SMTP_URL") or ""),
        )


def is_loopback(base_url: str) -> bool:
    """Whether ``base_url`` is plain HTTP on this machine."""
    parts = urlsplit(base_url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES


def _whole_number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Read ``name`` as a whole number between ``low`` and ``high``, both included."""
    text = environ.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SetupError(f"{name} is {text!r}: set it to a whole number from {low} to {high}.")
    return int(text)


def _base_url(text: str) -> str:
    """The base URL as browsers write it: lower case, no usual port (RFC 6454, section 4).

    Raises ``SetupError`` for one that is neither HTTPS nor plain HTTP on this machine.
    """
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        host = _host(parts)
    except ValueError as error:
        raise SetupError(
            f"INTAKE_BASE_URL is {text!r}: set it to scheme and host only, "
            "such as https://care.example.org."
        ) from error
    base_url = f"{parts.scheme}://{host.removesuffix(USUAL_PORTS[parts.scheme])}"
    if parts.scheme == "http" and not is_loopback(base_url):
        raise SetupError(
            f"INTAKE_BASE_URL is {text!r}: people's answers need HTTPS; use an https:// "
            "address (plain http works only for localhost)."
        )
    return base_url


def _host(parts: SplitResult) -> str:
    """Host and port as a browser sends them; raises ValueError where there is more, or less."""
    name, port = parts.hostname or "", parts.port
    if parts.scheme not in USUAL_PORTS:
        raise ValueError("no scheme of the web")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or port == 0:
        raise ValueError("more than scheme and host")
    name = _name(name)
    name = f"[{name}]" if ":" in name else name
    return name if port is None else f"{name}:{port}"


def _name(name: str) -> str:
    """A host's name or address as it travels; raises ValueError for what is neither."""
    if ":" in name:
        return str(ipaddress.IPv6Address(name))
    # Letters outside ASCII travel in the form of RFC 3490.
    name = name.encode("idna").decode()
    if not HOST_NAME.fullmatch(name):
        raise ValueError("no host name")
    return name


def _mail_server(text: str) -> MailServer | None:
    """The mail server that ``text`` names; None where it is empty.

    Raises ``SetupError``, which repeats nothing of ``text``: there may be a password in it.
    """
    if not text:
        return None
    try:
        if not text.isprintable():
            raise ValueError("a line break, or another control")
        parts = urlsplit(text.strip())
        host = _mail_host(parts)
        user, password = _sign_in(parts)
    except ValueError:
        # Without its cause, which may quote the password.
        raise SetupError(
            "INTAKE_SMTP_URL cannot be read: write it like smtp://user:password@mail.example.org "
            "or smtps://…, with :port where it is not 587 or 465, and with %40 for an @ (other "
            "signs likewise) in user or password."
        ) from None
    tls = "first" if parts.scheme == "smtps" else "upgrade"
    if tls == "upgrade" and host in (*LOOPBACK_NAMES, "::1"):
        tls = "none"
    return MailServer(host, parts.port or MAIL_PORTS[parts.scheme], tls, user, password)


def _mail_host(parts: SplitResult) -> str:
    """The host of a mail server; raises ValueError where there is none, or more."""
    if parts.scheme not in MAIL_PORTS or parts.port == 0:
        raise ValueError("no scheme of mail, or no port")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("more than a server")
    return _name(parts.hostname or "")


def _sign_in(parts: SplitResult) -> tuple[str | None, str | None]:
    """User and password, both or neither; raises ValueError."""
    if "@" not in parts.netloc:
        return None, None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user and password and (user + password).isprintable()):
        raise ValueError("half a sign-in")
    return user, password
