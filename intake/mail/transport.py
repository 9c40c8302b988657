"""One letter to a mail server, as plain text. Knows no outbox and no database."""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import SMTP

from intake.config import MailServer, Settings
from intake.errors import SetupError
from intake.mail.store import ENCODED, Words, address
from intake.practice import Practice

# For each single wait; a letter takes about ten of them, well within its lease.
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who letters come from: the practice's name and address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What follows the @, which makes ids the practice's own (RFC 5322, 3.6.4)."""
        return self.address.rpartition("@")[2]


class NotSent(Exception):
    """The server did not take a letter.

    ``why``: the step that was refused (connection, sign-in, sender, recipient, letter) and the SMTP
    code, or the class of the error; never the server's own words, which may quote an address.
    ``for_good``: no later try can succeed. ``anybody``: no other letter would have gone either.
    """

    def __init__(self, why: str, *, for_good: bool = False, anybody: bool = False) -> None:
        super().__init__(why)
        self.why, self.for_good, self.anybody = why, for_good, anybody


def sender_of(settings: Settings, practice: Practice) -> Sender | None:
    """Who letters come from; None where no mail server is set, and none is sent.

    Raises ``SetupError`` where a server is set and the practice file names no sender.
    """
    if settings.mail_server is None:
        return None
    if practice.mail_sender is None:
        raise SetupError(
            "INTAKE_SMTP_URL is set, but the practice file names no sender: add `sender` under "
            f"[mail] in {settings.practice_file}, or unset INTAKE_SMTP_URL."
        )
    return Sender(practice.name, address(practice.mail_sender))


def compose(sender: Sender, message_id: str, words: Words, now: dt.datetime) -> EmailMessage:
    """A letter with these headers and no others (RFC 5322, RFC 3834); ``now`` is aware."""
    message = EmailMessage(policy=SMTP)
    name = sender.name.replace(ENCODED, "= ?")
    message["From"] = Address(display_name=name, addr_spec=sender.address)
    message["To"] = Address(addr_spec=words.to)
    message["Subject"] = words.subject
    message["Date"] = now.astimezone(dt.UTC)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.body)
    return message


def send(
    server: MailServer, sender: Sender, message: EmailMessage, seconds: float = SECONDS
) -> int:
    """Hand ``message`` to ``server``; gives the code with which it took it.

    Each wait ends after ``seconds``. Raises ``NotSent``.
    """
    line = _line(server, sender, seconds)
    try:
        return _hand_over(line, message)
    finally:
        # The letter is theirs or not, whatever becomes of the good-bye.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            line.quit()
        line.close()


def _line(server: MailServer, sender: Sender, seconds: float) -> smtplib.SMTP:
    """An open line: encrypted unless the server is on this machine, and signed in."""
    context = ssl.create_default_context()
    try:
        if server.tls == "first":
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, sender.domain, timeout=seconds, context=context
            )
        else:
            line = smtplib.SMTP(server.host, server.port, sender.domain, seconds)
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(_why(error), anybody=True) from None
    try:
        if server.tls == "upgrade":
            line.starttls(context=context)
        if server.user is not None:
            line.login(server.user, server.password or "")
    except (smtplib.SMTPException, OSError) as error:
        line.close()
        raise NotSent(_why(error), anybody=True) from None
    return line


def _hand_over(line: smtplib.SMTP, message: EmailMessage) -> int:
    """Sender, recipient, letter (RFC 5321, 3.3); a 5xx for one of the last two is for good."""
    step = "sender"
    try:
        line.ehlo_or_helo_if_needed()
        _taken(line.mail(_address(message["From"])))
        step = "recipient"
        _taken(line.rcpt(_address(message["To"])))
        step = "letter"
        return _taken(line.data(message.as_bytes()))
    except smtplib.SMTPResponseException as error:
        for_good = step != "sender" and 500 <= error.smtp_code < 600
        raise NotSent(_why(error, step), for_good=for_good, anybody=step == "sender") from None
    except UnicodeError as error:
        raise NotSent(_why(error), for_good=True) from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(_why(error), anybody=True) from None


def _address(header: AddressHeader) -> str:
    """The one address of a header."""
    return str(header.addresses[0].addr_spec)


def _taken(answer: tuple[int, bytes]) -> int:
    """The code of an answer that says yes; raises ``SMTPResponseException`` for another."""
    code, _ = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, "")
    return code


def _why(error: Exception, step: str = "") -> str:
    """What went wrong, as a word and a code."""
    if isinstance(error, smtplib.SMTPResponseException):
        if isinstance(error, smtplib.SMTPAuthenticationError):
            step = "sign-in"
        return f"{step or 'connection'} {error.smtp_code}"
    return type(error).__name__
