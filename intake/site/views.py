"""The standing pages, the probes, and what search engines read."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, render_template

from intake import rulebook, web
from intake.articles.library import all_articles
from intake.hours.store import schedule_of
from intake.hours.words import hours_words
from intake.site import readiness, rules_page

blueprint = Blueprint("site", __name__)

# Every public page of this room, for the sitemap.
PAGES = (
    "/",
    "/about",
    "/physician",
    "/how-we-decide",
    "/help-now",
    "/privacy",
    "/accessibility",
    "/language-help",
    "/rights",
)
ON_THE_HOME_PAGE = 3


@blueprint.app_template_global()
def opening_hours() -> str | None:
    """The week's hours in words, for the foot of every page; None while they may not be shown."""
    practice = web.practice()
    return hours_words(schedule_of(practice)) if practice.shows_hours else None


@blueprint.get("/")
@web.public
def home() -> str:
    """What this is, what a person can count on, and the way into the check."""
    return render_template("site/home.html", articles=all_articles()[:ON_THE_HOME_PAGE])


@blueprint.get("/about")
@web.public
def about() -> str:
    """Who runs this, how it earns, and how the articles are made."""
    return render_template("site/about.html")


@blueprint.get("/physician")
@web.public
def physician() -> str:
    """Who decides; only facts that somebody confirmed."""
    return render_template("site/physician.html")


@blueprint.get("/how-we-decide")
@web.public
def how_we_decide() -> str:
    """Every live rule with its reason and source, as the check itself uses them."""
    definition = rulebook.live()
    return render_template(
        "site/how-we-decide.html",
        definition=definition,
        standing=rulebook.standing(),
        groups=rules_page.groups(definition),
        sources=rules_page.sources(definition),
    )


@blueprint.get("/help-now")
@web.public
def help_now() -> str:
    """Every help line, the crisis lines first."""
    return render_template("site/help-now.html")


@blueprint.get("/privacy")
@web.public
def privacy() -> str:
    """Six short answers, the cookies, and the whole notice."""
    return render_template("site/privacy.html")


@blueprint.get("/accessibility")
@web.public
def accessibility() -> str:
    """What these pages aim at, what is not tested yet, and whom to tell."""
    return render_template("site/accessibility.html")


@blueprint.get("/language-help")
@web.public
def language_help() -> str:
    """How to get help in another language."""
    return render_template("site/language-help.html")


@blueprint.get("/rights")
@web.public
def rights() -> str:
    """What a person may ask of us, and where to complain."""
    return render_template("site/rights.html")


@blueprint.get("/healthz")
@web.public
def healthz() -> Response:
    """Whether this process answers at all."""
    return _fresh(Response("ok\n", mimetype="text/plain"))


@blueprint.get("/readyz")
@web.public
def readyz() -> Response:
    """Whether this process can serve people (200) or not (503), and what is not settled."""
    found = readiness.state(current_app.extensions["readiness"], current_app.extensions["warnings"])
    response = jsonify(ready=found.ready, checks=found.checks, warnings=found.warnings)
    response.status_code = 200 if found.ready else 503
    return _fresh(response)


@blueprint.get("/robots.txt")
@web.public
def robots() -> Response:
    """Everything may be read; what must not be indexed says so itself."""
    text = f"User-agent: *\nDisallow:\n\nSitemap: {web.settings().base_url}/sitemap.xml\n"
    return Response(text, mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@web.public
def sitemap() -> Response:
    """Every page that search engines may show; a date only where one is known to be true."""
    body = render_template(
        "site/sitemap.xml", base_url=web.settings().base_url, pages=PAGES, articles=all_articles()
    )
    return Response(body, mimetype="application/xml")


def _fresh(response: Response) -> Response:
    """Let nobody keep ``response``."""
    response.headers["Cache-Control"] = "no-store"
    return response
