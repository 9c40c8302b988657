"""The words of version 1: short, plain, true to the meanings, and never a promise."""

from __future__ import annotations

import re

import pytest

from intake.eligibility import Effect, Outcome, words
from intake.eligibility.parts import Rule, TrailRule
from tests.articles.reading import grade
from tests.eligibility import made
from tests.eligibility.decision_table import TABLE

DEFINITION = made.definition()
ALL_RULES: list[Rule | TrailRule] = [
    *DEFINITION.rules,
    DEFINITION.safety_changed,
    DEFINITION.answer_changed,
]
# Every heading, sentence and label that a patient can read, by where it stands.
PATIENT = {
    **{f"{q.id}.title": q.title for q in DEFINITION.questions},
    **{f"{q.id}.lead": q.lead or "" for q in DEFINITION.questions},
    **{f"{q.id}.hint": q.hint or "" for q in DEFINITION.questions},
    **{f"{q.id}.error": q.error for q in DEFINITION.questions},
    **{f"{q.id}.{c.code}": c.label for q in DEFINITION.questions for c in q.choices},
    **{f"{rule.id}.reason": rule.reason for rule in ALL_RULES},
    **{f"{rule.id}.change": rule.change or "" for rule in ALL_RULES},
    **{f"{urgent.id}.heading": urgent.heading for urgent in DEFINITION.urgent},
    **{f"{urgent.id}.text": urgent.text for urgent in DEFINITION.urgent},
    **{f"{ending.code}.title": ending.title for ending in DEFINITION.endings},
    "consent": DEFINITION.consent.text,
    "check.title": DEFINITION.check.title,
    "check.intro": DEFINITION.check.intro,
    "check.changed": DEFINITION.check.changed,
}
NEVER = re.compile(
    r"approved|qualif|guarante|diagnos|\bcure|safe for you|you have depression|congratulat"
    r"|miracle|breakthrough|get started|limited time|eligible",
    re.IGNORECASE,
)
# What the licensed rating scale asks, in its own words.
LICENSED = re.compile(
    r"wish(ed)? (you were|to be) dead|not wake up|killing yourself|kill yourself"
    r"|thinking about how you might|intention of acting|worked out the details"
    r"|started to do anything|prepared to do anything",
    re.IGNORECASE,
)


def count(text: str | None) -> int:
    """Words between spaces, counted here anew."""
    return len([word for word in (text or "").split() if re.search(r"\w", word)])


def on_page(question_id: str) -> int:
    """The words of a question's page."""
    question = DEFINITION.question(question_id)
    found = count(question.title) + count(question.lead) + count(question.hint)
    found += sum(count(choice.label) for choice in question.choices)
    if question.kind == "many":
        found += count("Select all that apply.")
        found += any(choice.exclusive for choice in question.choices)
    return found


@pytest.mark.parametrize("key", TABLE)
def test_a_page_keeps_its_word_budget(key: str) -> None:
    """Yes or no at most 30 words, one choice 50, several 75; the loader counts the same."""
    question = DEFINITION.question(key)
    yes_or_no = {"yes", "no"} <= set(TABLE[key]) and "thoughts" not in TABLE[key]
    most = 75 if question.kind == "many" else 30 if yes_or_no else 50
    assert on_page(key) <= most
    assert words.page_words(question) == on_page(key)
    assert count(question.hint) <= 15


def test_all_pages_keep_the_budget_together() -> None:
    """With a start page of 90 words and a check page of 70, the whole check is under 650."""
    assert sum(map(on_page, TABLE)) <= 490
    assert count(DEFINITION.consent.text) <= 14
    assert sum(count(question.short) for question in DEFINITION.questions) <= 18


def test_one_word_more_is_refused() -> None:
    """The gate is at the limit: a definition of 491 words does not load, one of 490 does."""
    edited = made.document()
    spare = 490 - sum(map(on_page, TABLE))
    for key, room in (("mind", 20), ("body", 20), ("reason", 20)):
        added = min(spare, room)
        spare -= added
        question = made.question(edited, key)["en"]
        question["title"] += " word" * added
    assert spare == 0
    assert made.load_edited(edited)
    made.question(edited, "state")["en"]["title"] += " word"
    with pytest.raises(ValueError, match="491 words"):
        made.load_edited(edited)


@pytest.mark.parametrize("where", [key for key, text in PATIENT.items() if text])
def test_sentences_are_short_and_promise_nothing(where: str) -> None:
    """At most 20 words a sentence; nothing said that is never said."""
    text = PATIENT[where]
    assert all(count(each) <= 20 for each in re.split(r"(?<=[.?!])\s", text)), text
    assert not NEVER.search(text)
    assert not LICENSED.search(text)
    assert "—" not in text and "!" not in text


def test_the_questions_read_at_grade_six() -> None:
    """All question pages as one text: Flesch-Kincaid grade 6 at most."""
    text = "\n".join(
        line
        for question in DEFINITION.questions
        for line in (
            question.title,
            question.lead or "",
            "Select all that apply." if question.kind == "many" else "",
            *(choice.label for choice in question.choices),
        )
    )
    assert grade(text) <= 6


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_each_reason_reads_at_grade_six(rule: Rule | TrailRule) -> None:
    """A reason with its question, its remedy and its urgent words: grade 6 at most.

    The reason and its remedy by themselves, a dozen words often, may come to 7.
    """
    title = DEFINITION.question(rule.question).title if isinstance(rule, Rule) else ""
    urgent = (rule.urgent.heading, rule.urgent.text) if rule.urgent else ()
    assert grade("\n".join([title, rule.reason, rule.change or "", *urgent])) <= 6
    assert grade("\n".join([rule.reason, rule.change or ""])) <= 7


def test_all_reasons_read_at_grade_six() -> None:
    """All reasons and remedies as one text: grade 6 at most."""
    lines = [text for rule in ALL_RULES for text in (rule.reason, rule.change or "")]
    assert grade("\n".join(lines)) <= 6


@pytest.mark.parametrize(
    ("rule", "kind", "heading"),
    [
        ("heart_unstable", "911", "Chest pain now? Call 911"),
        ("mind_psychosis_now", "988", ""),
        ("mind_mania_now", "988", ""),
        ("pregnancy_pregnant", "maternal", ""),
        ("pregnancy_breastfeeding", "maternal", ""),
        ("safety_thoughts", "988", ""),
        ("safety_skip", "988", ""),
        ("recent_crisis_yes", "988", ""),
        ("safety_changed", "988", ""),
        ("safety_now", "988", ""),
        ("safety_not_sure", "988", ""),
    ],
)
def test_urgent_words_stand_where_they_must(rule: str, kind: str, heading: str) -> None:
    """Chest pain, psychosis, mania, a baby, and every same-day priority."""
    urgent = DEFINITION.rule(rule).urgent
    assert urgent is not None and urgent.kind == kind
    assert urgent.heading.startswith(heading)
    assert "988" in urgent.text + urgent.heading or kind == "911"


def test_988_comes_first_and_above_the_maternal_line() -> None:
    """Of several urgent texts 988 stands first; the maternal line sends crises there."""
    assert DEFINITION.urgent[0].kind == "988"
    (maternal,) = [each for each in DEFINITION.urgent if each.kind == "maternal"]
    assert maternal.text.index("988") < maternal.text.index("1-833-852-6262")
    assert "National Maternal Mental Health Hotline" in maternal.text


def test_988_stands_above_the_answers_about_safety() -> None:
    """The safety question names 988 in its body text and can be skipped."""
    safety = DEFINITION.question("safety")
    assert safety.lead is not None and "call or text 988" in safety.lead
    assert safety.label("skip") == "Rather not say"


def test_a_crisis_page_says_one_sentence_for_the_code_chosen() -> None:
    """The reason of a crisis rule is that one sentence."""
    assert DEFINITION.rule("safety_now").reason == "You said that you have a plan or might act."
    assert DEFINITION.rule("safety_not_sure").reason == "You said that you are not sure."
    for rule in DEFINITION.rules:
        if rule.effect is Effect.CRISIS:
            assert rule.reason.count(".") == 1 and rule.change is None


def test_no_sitter_is_not_yet_and_names_both_conditions() -> None:
    """Worded "not yet": a sober adult for the whole session, and no driving."""
    rule = DEFINITION.rule("sitter_no")
    assert rule.reason.startswith("Not yet.")
    assert "sober adult" in rule.reason and "no driving until the next day" in rule.reason


@pytest.mark.parametrize(
    "rule",
    [each for each in DEFINITION.rules if each.question == "medicines"],
    ids=lambda rule: rule.id,
)
def test_nobody_is_led_to_stop_a_medicine(rule: Rule) -> None:
    """Each reason about a medicine says to keep taking it."""
    assert "Keep taking" in rule.reason and "as you were told" in rule.reason


def test_what_stops_says_what_would_change_it() -> None:
    """Every hard stop, and each ending by area or age, has its "what would change this"."""
    for rule in DEFINITION.rules:
        if rule.effect in (Effect.NOT_NOW, Effect.OUTSIDE_AREA, Effect.UNDER_AGE):
            assert rule.change, rule.id


@pytest.mark.parametrize(
    ("key", "code", "parts"),
    [
        ("state", "other", ["else", "visits"]),
        ("safety", "thoughts", ["no plan", "will not act"]),
        ("safety", "now", ["a plan", "might act"]),
        ("heart", "unstable", ["Chest pain now", "past 6 weeks", "mini-stroke in past 6 months"]),
        ("heart", "history", ["failure", "rhythm", "earlier heart attack or stroke"]),
        ("heart", "vessel", ["Aneurysm", "tangled", "brain bleed"]),
        ("heart", "head_pressure", ["brain pressure", "brain tumor", "recent head injury"]),
        ("blood_pressure", "normal", ["Below 140/90", "past year", "no medicine"]),
        ("blood_pressure", "high_controlled", ["High blood pressure", "below 140/90"]),
        ("blood_pressure", "high_140", ["140 to 159", "90 to 99", "neither higher"]),
        ("blood_pressure", "high_160", ["160+", "100+", "not under control"]),
        ("pregnancy", "no", ["does not apply"]),
        ("substances", "no", ["Never", "long past", "not opioids"]),
        ("substances", "active", ["past year"]),
        ("substances", "recovery", ["Longer ago", "in recovery", "opioids"]),
        ("mind", "bipolar", ["Bipolar", "past mania"]),
        ("mind", "psychosis_past", ["Past psychosis"]),
        ("trials", "2_plus", ["Two or more"]),
    ],
)
def test_labels_are_exact(key: str, code: str, parts: list[str]) -> None:
    """A label says all that its meaning in the rules says."""
    label = DEFINITION.question(key).label(code)
    assert all(part in label for part in parts), label


def test_titles_and_labels_tell_each_other_apart() -> None:
    """No two pages share a heading or a short name, no two answers of a page a label."""
    titles = [question.title for question in DEFINITION.questions]
    shorts = [question.short for question in DEFINITION.questions]
    assert len(set(titles)) == len(set(shorts)) == 15
    for question in DEFINITION.questions:
        assert len({choice.label for choice in question.choices}) == len(question.choices)
        assert len({choice.meaning for choice in question.choices}) == len(question.choices)


def test_each_rule_cites_a_source_with_its_year() -> None:
    """A source is never missing, and an address is one that opens."""
    for rule in ALL_RULES:
        assert re.search(r"\b(19|20)\d\d\b", rule.source), rule.id
        assert rule.source_url is None or rule.source_url.startswith("https://")
        assert rule.staff


def test_each_outcome_has_its_page_and_heading() -> None:
    """Only the crisis ends at help; may fit says what it says and no more."""
    pages = {ending.code: ending.page for ending in DEFINITION.endings}
    assert list(pages) == list(Outcome)
    assert [code for code, page in pages.items() if page == "help"] == [Outcome.CRISIS]
    fit = DEFINITION.ending(Outcome.MAY_FIT).title
    assert fit == "You may be a fit for a visit with our doctor"
