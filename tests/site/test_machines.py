"""What machines read: probes, robots, sitemap, assets, error pages as files."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ElementTree

from flask import Flask, render_template

from intake.articles.library import all_articles
from intake.errors import SetupError
from intake.resources import static_folder, templates_folder
from intake.site.readiness import FAILED, state
from intake.site.views import PAGES
from tests.support.client import Visitor
from tests.support.page import check_page

# What HTTP calls a refusal or a failure; people have no use for the number.
REFUSALS = ("400", "403", "404", "409", "413", "422", "429", "500", "503")
ERROR_PAGES = (*REFUSALS, "plain_http")
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def broken() -> None:
    """A part that fails with a detail that must not get out."""
    raise RuntimeError("password=secret at /srv/instance")


def not_set_up() -> None:
    """A part that says how to mend it, with a path that must not get out."""
    raise SetupError("The key file /srv/instance/keys.json is missing.")


def test_the_process_probe_is_plain_and_fresh(client: Visitor) -> None:
    """The probe answers 200 with one word and is never kept."""
    response = client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_a_ready_house_says_so_and_warns_of_proposed_rules(client: Visitor) -> None:
    """Database, migrations and keys are asked; unsigned rules are a warning, not a failure."""
    response = client.get("/readyz")
    found = response.get_json()
    assert response.status_code == 200
    assert found["ready"] is True
    assert {"database", "migrations", "keys"} <= set(found["checks"])
    assert set(found["checks"].values()) == {"ok"}
    assert "Proposed rules" in found["warnings"]["rules"]
    assert response.headers["Cache-Control"] == "no-store"


def test_a_broken_part_makes_the_house_not_ready(app: Flask, client: Visitor) -> None:
    """One part that fails gives 503, and names the part without the detail."""
    app.extensions["readiness"].append(("mail", broken))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["checks"]["mail"] == FAILED
    assert "secret" not in response.text


def test_readiness_takes_texts_and_hides_set_up_details() -> None:
    """A text is the problem in words; any other value is fine; paths stay in the log."""
    found = state(
        [("a", lambda: None), ("b", lambda: object()), ("c", lambda: "is away"), ("d", not_set_up)],
        [("e", lambda: None), ("f", lambda: "not settled")],
    )
    assert found.ready is False
    assert found.checks == {"a": "ok", "b": "ok", "c": "is away", "d": FAILED}
    assert found.warnings == {"f": "not settled"}


def test_robots_may_read_everything(client: Visitor) -> None:
    """Nothing is barred, since a barred page's own noindex would never be read."""
    text = client.get("/robots.txt").text
    assert text.splitlines()[:2] == ["User-agent: *", "Disallow:"]
    assert "Sitemap: http://localhost:8000/sitemap.xml" in text


def test_the_sitemap_lists_public_pages_and_articles(client: Visitor) -> None:
    """Every public page and article stands in it; dates only where they are known."""
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    root = ElementTree.fromstring(response.text)  # our own page
    found = {each.findtext(f"{SITEMAP}loc"): each.findtext(f"{SITEMAP}lastmod") for each in root}
    base = "http://localhost:8000"
    assert {f"{base}{page}" for page in (*PAGES, "/blog/")} <= set(found)
    for article in all_articles():
        assert found[f"{base}/blog/{article.slug}"] == article.updated.isoformat()
    for address in found:
        assert client.get(str(address).removeprefix(base)).status_code == 200
        assert "eligibility" not in str(address)


def test_the_style_sheet_names_the_font_by_its_hash() -> None:
    """The font's address in the style sheet carries the hash of its bytes, so it keeps for ever."""
    digest = hashlib.sha256((static_folder() / "fonts/heading.woff2").read_bytes()).hexdigest()
    style = (static_folder() / "app.css").read_text()
    assert re.findall(r"url\(([^)]*)\)", style) == [f"fonts/heading.{digest[:10]}.woff2"]


def test_the_font_is_small_and_brings_its_licence() -> None:
    """The heading face fits its budget and its licence lies beside it."""
    fonts = static_folder() / "fonts"
    assert (fonts / "heading.woff2").stat().st_size <= 17_500
    assert "SIL OPEN FONT LICENSE" in (fonts / "heading.LICENSE.txt").read_text()


def test_the_error_files_stand_alone_and_match_the_pages(app: Flask) -> None:
    """The files for the proxy are sound, load only the style sheet, and say what our pages say."""
    for status in (500, 503):
        text = (static_folder() / "errors" / f"{status}.html").read_text()
        check_page(text)
        with app.test_request_context("/"):
            page = render_template(f"errors/{status}.html")
        strip = page[page.index("<aside") : page.index("</aside>")]
        assert strip in text
        heading = re.search("<h1>.*</h1>", page)
        assert heading is not None
        assert heading[0] in text


def test_every_error_page_is_tried() -> None:
    """No error page lies in the folder that the next test does not look at."""
    found = {path.stem for path in (templates_folder() / "errors").glob("[!_]*.html")}
    assert found == set(ERROR_PAGES)


def test_every_error_page_is_calm_and_sound(app: Flask) -> None:
    """Each says what to do, gives the phone, and shows no number or code."""
    for name in ERROR_PAGES:
        for address in ("/", "/staff/"):
            with app.test_request_context(address):
                text = render_template(f"errors/{name}.html", minutes=5)
            check_page(text)
            words = re.sub(r"<svg.*?</svg>|<head>.*?</head>", "", text, flags=re.S)
            assert not set(REFUSALS) & set(re.findall(r"\b\d{3}\b", words))
            assert "Go to the desk" in text if address == "/staff/" else "561-468-6981" in text
