"""The tests find, or are told how to get, a real database and a real browser."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text

from tests.support import browser, postgres, prepare, system
from tests.support.postgres import PostgresServer


def test_a_database_is_a_copy_of_its_template_and_outlives_a_crash(
    postgres_server: PostgresServer,
) -> None:
    """Databases start as copies, do not know each other, and stand again after a crash."""
    template = postgres_server.create_database()
    engine = create_engine(postgres_server.url(template))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (word text)"))
    engine.dispose()
    copy = postgres_server.create_database(template)
    engine = create_engine(postgres_server.url(copy))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO kept VALUES ('here')"))
    engine.dispose()
    postgres_server.restart(immediate=True)
    for name, words in ((copy, ["here"]), (template, [])):
        engine = create_engine(postgres_server.url(name))
        with engine.begin() as connection:
            assert list(connection.scalars(text("SELECT word FROM kept"))) == words
        engine.dispose()
        postgres_server.drop_database(name)


def test_a_durable_server_waits_for_the_disk() -> None:
    """A server for fault tests runs with fsync on, and leaves nothing behind."""
    server = PostgresServer.create(durable=True)
    try:
        with psycopg.connect(
            host=str(server.folder), user=postgres.SUPERUSER, dbname="postgres"
        ) as connection:
            shown = connection.execute("SHOW fsync").fetchone()
        assert shown == ("on",)
    finally:
        server.remove()
    assert not server.folder.exists()


def test_a_stopped_server_says_so(postgres_server: PostgresServer) -> None:
    """A stopped server has no process; started again it answers at the same URL."""
    postgres_server.stop()
    try:
        with pytest.raises(system.Missing):
            _ = postgres_server.pid
    finally:
        postgres_server.start()
    postgres_server.drop_database(postgres_server.create_database())


def test_the_browser_reaches_this_machine_only(browser: Browser) -> None:
    """The browser shows a page, and resolves no name but localhost."""
    page = browser.new_page()
    try:
        page.set_content("<h1>Here</h1>")
        assert page.inner_text("h1") == "Here"
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.failure or ""))
        page.set_content('<img src="http://elsewhere.example/a.png" alt="">')
        page.wait_for_load_state("load")
        assert failed == ["net::ERR_NAME_NOT_RESOLVED"]
    finally:
        page.close()


def _nothing() -> None:
    """A search that finds nothing."""


@pytest.mark.parametrize(("module", "find"), [(postgres, "binaries"), (browser, "executable")])
def test_what_is_missing_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: object,
    find: str,
) -> None:
    """Where nothing is found and nothing may be installed, one line says how; exit code 2."""

    def refuse() -> None:
        raise system.Missing("playwright install failed: no network")

    monkeypatch.setattr(module, find, _nothing)
    monkeypatch.setattr(system, "can_install", lambda: False)
    monkeypatch.setattr(browser, "download", refuse)
    assert prepare.main() == 2
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert "apt-get install" in said.err


def test_what_is_missing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where packages may be installed, the missing one is, and the search begins again."""
    installed: list[str] = []
    monkeypatch.setattr(postgres, "binaries", lambda: installed or None)
    monkeypatch.setattr(browser, "executable", lambda: "chromium")
    monkeypatch.setattr(system, "can_install", lambda: True)
    monkeypatch.setattr(system, "install", lambda *packages: installed.extend(packages))
    assert prepare.main() == 0
    assert installed == ["postgresql"]
