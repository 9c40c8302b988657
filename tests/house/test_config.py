"""Settings: read once, each mistake named with its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.config import MailServer, Settings
from intake.errors import SetupError
from intake.mail import transport
from intake.practice import read_practice
from intake.resources import practice_example


def test_the_defaults_are_those_of_the_contract() -> None:
    """Nothing set: loopback, port 8000, an embedded database in the instance folder."""
    found = Settings.from_environment({})
    assert (found.host, found.port, found.base_url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert found.instance.name == "instance"
    assert found.database_url.startswith("sqlite:///")
    assert found.limits and found.loopback
    assert found.trusted_hosts == ("localhost:8000", "127.0.0.1:8000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTAKE_PORT", "0"),
        ("INTAKE_PORT", "eighty"),
        ("INTAKE_PORT", "70000"),
        ("INTAKE_PROXIES", "-1"),
        ("INTAKE_LIMITS", "maybe"),
        ("INTAKE_BASE_URL", "care.example.org"),
        ("INTAKE_BASE_URL", "ftp://care.example.org"),
        ("INTAKE_BASE_URL", "http://care.example.org"),
        ("INTAKE_BASE_URL", "https://care.example.org/desk"),
        ("INTAKE_BASE_URL", "https://me@care.example.org"),
        ("INTAKE_BASE_URL", "https://care.example.org:0"),
        ("INTAKE_BASE_URL", "https://care.example.org:x"),
        ("INTAKE_BASE_URL", "https://care example.org"),
        ("INTAKE_BASE_URL", "https://care..example.org"),
        ("INTAKE_BASE_URL", "https://[::zz]"),
        ("INTAKE_BASE_URL", "https://"),
    ],
)
def test_a_wrong_setting_names_itself(name: str, value: str) -> None:
    """The message carries the variable's name and stands on one line."""
    with pytest.raises(SetupError, match=name) as error:
        Settings.from_environment({name: value})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("written", "read", "hosts"),
    [
        ("https://Care.Example.org", "https://care.example.org", ("care.example.org",)),
        ("HTTPS://care.example.org:443/", "https://care.example.org", ("care.example.org",)),
        ("https://care.example.org:8443", "https://care.example.org:8443", None),
        ("https://b\xfccher.example", "https://xn--bcher-kva.example", None),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]", ("[2001:db8::1]",)),
        ("http://LocalHost:80", "http://localhost", ("localhost", "127.0.0.1")),
    ],
)
def test_a_base_url_is_read_as_browsers_write_it(
    written: str, read: str, hosts: tuple[str, ...] | None
) -> None:
    """Capitals and the usual port shut nobody out; a proxy may still name that port."""
    found = Settings.from_environment({"INTAKE_BASE_URL": written})
    assert found.base_url == read
    port = ":443" if read.startswith("https") else ":80"
    plain = hosts or (read.partition("//")[2],)
    assert set(found.trusted_hosts) - {name + port for name in plain} == set(plain)


def test_limits_cannot_be_off_for_the_world() -> None:
    """With an address that others can reach, rate limits stand."""
    with pytest.raises(SetupError, match="INTAKE_LIMITS"):
        Settings.from_environment(
            {"INTAKE_LIMITS": "off", "INTAKE_BASE_URL": "https://care.example.org"}
        )


def test_the_example_practice_is_sound_and_unconfirmed() -> None:
    """The shipped example reads without a mistake, and says what is still to confirm."""
    found = read_practice(practice_example(), trial=False)
    assert {"hours", "price", "address", "licences"} <= found.unconfirmed
    assert not found.shows_hours and found.phone == "+15614686981"
    assert read_practice(practice_example(), trial=True).shows_hours


def test_every_mistake_of_a_practice_file_is_named_at_once(tmp_path: Path) -> None:
    """Five mistakes are five lines, each with its key."""
    text = practice_example().read_text()
    for old, new in [
        ('phone = "+15614686981" ', 'phone = "561" '),
        ('time_zone = "America/New_York"', 'time_zone = "Mars/Olympus"'),
        ('monday = ["09:00-17:00"]', 'monday = ["17:00-09:00"]'),
        ("lead_hours = 2", "lead_hours = 900"),
        ('"price", "address"', '"price", "shoe size"'),
    ]:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "practice.toml"
    path.write_text(text)
    with pytest.raises(SetupError) as error:
        read_practice(path, trial=False)
    for key in ("practice.phone", "practice.time_zone", "hours.monday", "lead_hours", "confirm"):
        assert key in str(error.value)


def test_a_missing_practice_file_says_what_to_run(tmp_path: Path) -> None:
    """The message names the file and the command."""
    with pytest.raises(SetupError, match="intake init"):
        read_practice(tmp_path / "practice.toml", trial=False)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('state = "fl"', 'state = ["fl"]', "physician.licences"),
        ('states = ["fl", "nj"]', "states = []", "practice.states"),
        ("[[closed]]", "[[closedd]]", "closedd"),
        ('reason = "Thanksgiving"', "reason = 5", "closed"),
    ],
)
def test_odd_shapes_are_named_too(tmp_path: Path, old: str, new: str, key: str) -> None:
    """A list for a word, an empty list, a table nobody reads: each by its key, never a trace."""
    path = tmp_path / "practice.toml"
    path.write_text(practice_example().read_text().replace(old, new, 1))
    with pytest.raises(SetupError, match=key):
        read_practice(path, trial=False)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, "upgrade")),
        ("smtps://mail.example.org", MailServer("mail.example.org", 465, "first")),
        ("smtp://Mail.Example.org:2525/", MailServer("mail.example.org", 2525, "upgrade")),
        ("smtp://localhost:25", MailServer("localhost", 25, "none")),
        ("smtp://[::1]:25", MailServer("::1", 25, "none")),
        ("smtps://127.0.0.1", MailServer("127.0.0.1", 465, "first")),
        (
            "smtp://desk%40example.org:s%3Aecret@mail.example.org",
            MailServer("mail.example.org", 587, "upgrade", "desk@example.org", "s:ecret"),
        ),
    ],
)
def test_a_mail_server_is_read(written: str, read: MailServer) -> None:
    """Scheme, port, sign-in; without encryption only on this machine; no password in a repr."""
    found = Settings.from_environment({"INTAKE_SMTP_URL": written})
    assert found.mail_server == read and "ecret" not in repr(found)
    assert Settings.from_environment({}).mail_server is None


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://me@mail.example.org",
        "smtp://:hunter2@mail.example.org",
        "smtp://me:hunter2@mail.example.org:x",
        "smtp://me:hunter2@mail.example.org:0",
        "smtp://me:hunter2@mail.example.org/queue",
        "smtp://me:hunter2@mail.example.org?tls=no",
        "smtp://me:hunter2@mail example.org",
        "smtp://me:hunter2@mail.example.org\nX: y",
        "smtp://me:hunter2%0D%0ARSET@mail.example.org",
        "smtp://me:hunter2@[::zz]",
    ],
)
def test_a_wrong_mail_server_names_itself_and_no_password(value: str) -> None:
    """One line with the variable's name; what was written is not repeated, nor chained."""
    with pytest.raises(SetupError, match="INTAKE_SMTP_URL") as error:
        Settings.from_environment({"INTAKE_SMTP_URL": value})
    assert "\n" not in str(error.value) and "hunter2" not in str(error.value)
    assert error.value.__suppress_context__


def test_a_mail_server_needs_a_sender() -> None:
    """A server without a sender in the practice file: one line that says where it goes."""
    practice = read_practice(practice_example(), trial=True)
    settings = Settings.from_environment({"INTAKE_SMTP_URL": "smtps://mail.example.org"})
    with pytest.raises(SetupError, match="names no sender"):
        transport.sender_of(settings, practice)
    assert transport.sender_of(Settings.from_environment({}), practice) is None
