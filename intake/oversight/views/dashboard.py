"""The dashboard: how the practice is doing."""

from __future__ import annotations

from flask import render_template, request

from intake import audit, db, rulebook
from intake.accounts import gate
from intake.articles import library
from intake.counters import NO_ARTICLE
from intake.hours.words import clock_words, zone_words
from intake.oversight import dashboard as figures
from intake.oversight.views.common import blueprint
from intake.review import words
from intake.submissions.figures import MOST_COUNTED
from intake.web import keys, now, practice

END_WORDS = {
    "stop": "Hard stop",
    "crisis": "Help now, with 988",
    "area": "Another state",
    "age": "Under 18",
}
TIME_WORDS = {
    "window": "Booked a window",
    "asap": "As soon as we can",
    "call": "Would rather call us",
}


@blueprint.get("/dashboard")
@gate.allow("intake", "clinician", "admin")
def dashboard() -> str:
    """How many wait and how long, calls on time, outcomes, and where people leave the check.

    Who is only admin finds no way to a person behind a number.
    """
    at, facts, definition = now(), practice(), rulebook.live()
    opens = gate.current().may("intake", "clinician")
    period = figures.period_of(request.args.get("days"), facts, at)
    # Counting takes a while where there is much to count, and holds up nobody who writes.
    found = figures.build(db.reading(), facts, definition, period, hides_outcomes=not opens)
    session = db.session()
    audit.record(session, keys(), "dashboard.read", gate.actor(), at)
    session.commit()
    return render_template(
        "oversight/dashboard.html",
        found=found,
        opens=opens,
        at=at,
        as_of=f"{clock_words(at.astimezone(facts.zone).time())} {zone_words(facts.zone)}",
        periods=figures.PERIODS,
        version=definition.version,
        outcome_words={each.code.value: each.staff for each in definition.endings},
        step_words={each.id: each.short for each in definition.questions}
        | {figures.CHECK: "Check answers, then Send"},
        article_words={each.slug: each.title for each in library.all_articles()}
        | {NO_ARTICLE: "No article"},
        end_words=END_WORDS,
        time_words=TIME_WORDS,
        count=lambda number: words.count_words(number, MOST_COUNTED),
        length=words.duration_words,
        since=lambda moment: words.moment_words(moment, facts.zone, at),
        day=lambda each: f"{each:%b} {each.day}",
    )
