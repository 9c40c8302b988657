"""The pages of the library: the list by topic, each article, and the feed."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

from intake import counters, web
from intake.articles import library
from intake.articles.structured import json_ld

blueprint = Blueprint("articles", __name__)


@blueprint.record
def read_the_library(_state: BlueprintSetupState) -> None:
    """Read every article when the house is put together, so that a broken one stops the start."""
    library.all_articles()


@blueprint.get("/blog/")
@web.public
def index() -> str:
    """The articles by topic."""
    articles = library.all_articles()
    topics = [
        (category, [article for article in articles if article.category == category])
        for category in library.CATEGORIES
    ]
    return render_template("articles/index.html", topics=[topic for topic in topics if topic[1]])


@blueprint.get("/blog/<slug>")
@web.public
def article(slug: str) -> str:
    """One article; 404 for a name that no article has."""
    found = library.find(slug)
    if found is None:
        abort(404)
    if request.method != "HEAD":
        counters.note(current_app, "article_read", found.slug)
    return render_template(
        "articles/article.html",
        article=found,
        related=[each for each in map(library.find, found.related) if each],
        # JSON with its markup escaped; Markup keeps the quotes as they are.
        json_ld=Markup(json_ld(found, web.practice(), web.settings().base_url)),  # noqa: S704
    )


@blueprint.get("/blog/feed.xml")
@web.public
def feed() -> Response:
    """The articles in full as an Atom feed."""
    articles = library.all_articles()
    body = render_template(
        "articles/feed.xml",
        articles=articles,
        base_url=web.settings().base_url,
        updated=max((each.updated for each in articles), default=None),
    )
    return Response(body, mimetype="application/atom+xml")
