"""The loader refuses a broken definition and names every problem of it at once."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from intake.callback.readings import BANDS
from intake.eligibility import Definition, DefinitionError, Problem, load, packaged, read_by_name
from intake.hours import words as hour_words
from intake.practice import STATES
from tests.eligibility import made

Edit = Callable[[dict[str, Any]], object]


def problems_of(raw: bytes, **named: str) -> list[Problem]:
    """What the loader says of a file that it refuses."""
    with pytest.raises(DefinitionError) as refused:
        load(raw, **named)
    return refused.value.problems


def test_every_packaged_file_is_sound() -> None:
    """Each version in the package loads, under its own number, and says its digest."""
    files = packaged()
    assert [name for name, _ in files] == sorted(name for name, _ in files)
    for name, raw in files:
        definition = load(raw)
        assert name == f"v{definition.version}.toml"
        assert definition.sha256 == hashlib.sha256(raw).hexdigest()
        assert definition.locales == ("en",) and definition.locale == "en"


def test_loading_twice_gives_the_same() -> None:
    """A definition is a value: equal bytes, equal definition."""
    again: Definition = load(made.raw())
    assert again == made.definition() and hash(again) == hash(made.definition())


def put(target: Callable[[dict[str, Any]], dict[str, Any]], **values: Any) -> Edit:
    """An edit that sets keys of one table; None takes the key away."""

    def edit(document: dict[str, Any]) -> None:
        table = target(document)
        for key, value in values.items():
            table.pop(key, None)
            if value is not None:
                table[key] = value

    return edit


def root(document: dict[str, Any]) -> dict[str, Any]:
    """The whole file."""
    return document


def question(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """One question."""
    return lambda document: made.question(document, key)


def words(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The words of one question."""
    return lambda document: made.question(document, key)["en"]


def choice(key: str, code: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """One choice."""
    return lambda document: made.choice(document, key, code)


def rule(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """One rule."""
    return lambda document: made.rule(document, key)


def said(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The words of one rule."""
    return lambda document: made.rule(document, key)["en"]


def without_rule(key: str) -> Edit:
    """An edit that drops a rule."""
    return lambda document: document["rules"].remove(made.rule(document, key))


def again(table: str, key: str) -> Edit:
    """An edit that repeats an item of a list."""

    def edit(document: dict[str, Any]) -> None:
        item = next(each for each in document[table] if each["id"] == key)
        document[table].append(item)

    return edit


def renamed(old: str, new: str) -> Edit:
    """An edit that gives a question, and the rules about it, another id."""

    def edit(document: dict[str, Any]) -> None:
        made.question(document, old)["id"] = new
        for each in document["rules"]:
            if each["question"] == old:
                each["question"] = new

    return edit


MANY_WORDS = " ".join(["word"] * 21) + "."
NEITHER = {"not": {"question": "reason", "chosen": ["depression", "anxiety"]}}

# Name of the fault: the edit, and what the message must hold: place, key, value and remedy.
FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "version is text": (put(root, version="1"), ["version = '1'", "whole number"]),
    "version is true": (put(root, version=True), ["version = True", "whole number"]),
    "version is nought": (put(root, version=0), ["version = 0", "whole number"]),
    "no questions": (put(root, questions=None), ["questions = (absent)", "list of tables"]),
    "questions are text": (put(root, questions=["a"]), ["questions = ['a']", "list of tables"]),
    "unknown key at the top": (put(root, colour="red"), ["colour = 'red'", "no such key"]),
    "unknown key in a question": (
        put(question("heart"), page="x"),
        ["questions[8] heart, page = 'x'", "no such key", "kind"],
    ),
    "unknown key in a choice": (
        put(choice("heart", "vessel"), effect="note"),
        ["choices[3] vessel, effect = 'note'", "no such key"],
    ),
    "unknown key in a rule": (put(rule("trials_1"), weight=1), ["trials_1, weight = 1"]),
    "unknown key in the words": (put(said("trials_1"), title="x"), [".en, title", "no such key"]),
    "unknown kind": (put(question("heart"), kind="some"), ["kind = 'some'", "one, many"]),
    "unknown effect": (
        put(rule("heart_vessel"), effect="maybe"),
        ["rules[23] heart_vessel, effect = 'maybe'", "talk_first"],
    ),
    "effect absent": (put(rule("heart_vessel"), effect=None), ["effect = (absent)", "not_now"]),
    "id in capitals": (put(question("heart"), id="Heart"), ["id = 'Heart'", "lower-case"]),
    "id with two underscores": (put(question("heart"), id="he__art"), ["id = 'he__art'"]),
    "id too long": (put(question("heart"), id="h" * 41), ["at most 40 characters"]),
    "id is reserved": (put(question("heart"), id="stop"), ["id = 'stop'", "no reserved id"]),
    "id is a column": (
        put(question("heart"), id="status"),
        ["id = 'status'", "column of the export"],
    ),
    "reserved ids cut": (put(root, reserved=["stop"]), ["reserved = ['stop']", "result"]),
    "code in the wrong form": (put(choice("heart", "vessel"), code="a b"), ["code = 'a b'"]),
    "code doubled": (put(choice("heart", "vessel"), code="history"), ["choices.code = 'history'"]),
    "code belongs to the trail": (
        put(choice("heart", "glaucoma"), code="changed"),
        ["choices.code = changed"],
    ),
    "question doubled": (again("questions", "sitter"), ["questions.id = 'sitter'"]),
    "rule doubled": (
        again("rules", "sitter_no"),
        ["rules.id = 'sitter_no'", "rules.code = 'sitter:no'"],
    ),
    "two rules for one code": (
        put(rule("trials_1"), code="0"),
        ["rules.code = 'trials:0'", "nothing else"],
    ),
    "section unknown": (put(question("heart"), section="legs"), ["sections = ", "legs"]),
    "section without a question": (
        lambda document: document["sections"].append({"id": "legs", "en": "Legs"}),
        ["sections = ", "legs"],
    ),
    "one choice only": (
        lambda document: made.question(document, "state").update(
            choices=made.question(document, "state")["choices"][2:]
        ),
        ["choices = 1", "from 2 to 12"],
    ),
    "rule about an unknown question": (
        put(rule("trials_1"), question="weight"),
        ["trials_1, question = 'weight'", "the id of a question"],
    ),
    "rule about an unknown code": (
        put(rule("trials_1"), code="7"),
        ["trials_1, code = '7'", "one of 2_plus, 1, 0, not_sure"],
    ),
    "not_sure without a rule": (
        without_rule("heart_not_sure"),
        ["questions[8] heart, choices.not_sure = (absent)", "unknown is never safe"],
    ),
    "skip is harmless": (
        put(rule("safety_skip"), effect="note", priority=None),
        ["choices.skip", "note", "unknown is never safe"],
    ),
    "none is not exclusive": (
        put(choice("heart", "none"), exclusive=None),
        ["choices.exclusive = none: False", "none and not_sure"],
    ),
    "another choice is exclusive": (
        put(choice("heart", "vessel"), exclusive=True),
        ["choices.exclusive = vessel: True"],
    ),
    "exclusive where one is chosen": (
        put(choice("trials", "not_sure"), exclusive=True),
        ["choices.exclusive = not_sure: True"],
    ),
    "exclusive is text": (
        put(choice("heart", "none"), exclusive="yes"),
        ["exclusive = 'yes'", "true or false"],
    ),
    "ending without its effect": (
        put(rule("trials_1"), ends_path=True),
        ["ends_path = True", "crisis, outside_area, under_age"],
    ),
    "crisis that does not end": (put(rule("safety_now"), ends_path=None), ["ends_path = False"]),
    "priority of a note": (
        put(rule("blood_pressure_high_controlled"), priority=True, urgent="crisis"),
        ["priority = True", "note"],
    ),
    "priority without urgent words": (
        put(rule("safety_skip"), urgent=None),
        ["safety_skip, urgent", "kind 988"],
    ),
    "priority with other words": (
        put(rule("safety_skip"), urgent="maternal"),
        ["safety_skip, urgent = 'maternal'", "kind 988"],
    ),
    "crisis without urgent words": (put(rule("safety_now"), urgent=None), ["safety_now, urgent"]),
    "unknown urgent words": (
        put(rule("heart_unstable"), urgent="fire"),
        ["urgent = 'fire'", "one of crisis, chest"],
    ),
    "unknown line": (
        lambda document: document["urgent"][0].update(kind="112"),
        ["urgent[1] crisis, kind = '112'", "one of 988, 911, maternal"],
    ),
    "source absent": (put(rule("trials_1"), source=None), ["trials_1, source = (absent)"]),
    "source unknown": (put(rule("trials_1"), source="uncle"), ["source = 'uncle'", "one of"]),
    "source without a year": (
        lambda document: document["sources"]["practice"].update(text="We think so."),
        ["source = 'We think so.'", "names its year"],
    ),
    "source with a bad address": (
        lambda document: document["sources"]["sitter"].update(url="http://asahq.org"),
        ["source = 'http://asahq.org'", "https://"],
    ),
    "outcome without a page": (
        lambda document: document["outcomes"][3].pop("page"),
        ["outcomes[4] not_now, page = (absent)", "one of help, result"],
    ),
    "outcome absent": (
        lambda document: document["outcomes"].pop(3),
        ["outcomes = ", "not_now", "most severe first"],
    ),
    "outcomes out of order": (
        lambda document: document["outcomes"].reverse(),
        ["outcomes = ['may_fit'", "most severe first"],
    ),
    "outcome that nothing leads to": (
        put(rule("age_band_under_18"), effect="outside_area"),
        ["rules = under_age", "no answer leads to this outcome"],
    ),
    "locale that is not there": (
        put(root, locales=["en", "es"]),
        ["es = (absent)", "words in 'es'"],
    ),
    "locales in the wrong form": (put(root, locales=["English"]), ["locales = ['English']"]),
    "words of a question absent": (
        put(question("heart"), en=None),
        ["questions[8] heart, en = (absent)", "words in 'en'"],
    ),
    "label absent": (put(choice("heart", "vessel"), en=None), ["vessel, en = (absent)", "a text"]),
    "reason absent": (put(said("trials_1"), reason=None), ["trials_1.en, reason = (absent)"]),
    "reason empty": (put(said("trials_1"), reason=" "), ["trials_1.en, reason = ' '"]),
    "staff line absent": (put(rule("trials_1"), staff=None), ["trials_1, staff = (absent)"]),
    "meaning absent": (put(choice("heart", "none"), meaning=None), ["none, meaning = (absent)"]),
    "control character": (
        put(said("trials_1"), reason="Ring\u0007 the bell."),
        ["control or invisible", "U+0007"],
    ),
    "line break": (put(said("trials_1"), reason="One.\nTwo."), ["U+000A"]),
    "text that turns round": (put(words("heart"), title="Heart\u202egnol?"), ["U+202E"]),
    "space of no width": (put(words("heart"), title="He\u200bart?"), ["U+200B"]),
    "space that does not break": (put(words("heart"), title="Your\u00a0heart?"), ["U+00A0"]),
    "two spaces": (put(words("heart"), title="Your  heart?"), ["no two in a row"]),
    "text too long": (put(said("trials_1"), reason="a" * 401), ["at most 400 characters, not 401"]),
    "too many words on a page": (
        put(words("safety"), lead="You can call or text 988, day or night, and talk now."),
        ["questions[4] safety, words = 51", "at most 50"],
    ),
    "too many words on a page with yes and no": (
        put(words("sitter"), hint="One two three four."),
        ["sitter, words = 31", "at most 30"],
    ),
    "too many words in a hint": (
        put(
            words("state"),
            hint=" ".join(["word"] * 16),
        ),
        ["hint = 16 words", "at most 15"],
    ),
    "sentence too long": (
        put(said("trials_1"), reason=MANY_WORDS),
        ["reason = 21 words", "at most 20"],
    ),
    "promise": (
        put(said("trials_1"), reason="You are approved."),
        ["reason = 'approved'", "promise"],
    ),
    "error that blames": (
        put(words("heart"), error="Select something, your answer is invalid"),
        ["heart, error = ", "without blame"],
    ),
    "error that says no remedy": (put(words("heart"), error="No answer"), ["'Select'"]),
    "message without its place": (
        lambda document: document["errors"]["en"].update(exclusive="Select “None” alone"),
        ["exclusive = ", "{label} once"],
    ),
    "message with another place": (
        lambda document: document["errors"]["en"].update(exclusive="Select “{label}” or {0}"),
        ["exclusive = ", "{label} once"],
    ),
    "condition in no form": (
        put(rule("reason_neither"), when={}),
        ["keys = []", "question, all, any, not"],
    ),
    "condition in two forms": (
        put(rule("reason_neither"), when={**NEITHER, "question": "reason"}),
        ["keys = ['not', 'question']", "exactly one"],
    ),
    "condition is text": (
        put(rule("reason_neither"), when="always"),
        ["when = 'always'", "a table"],
    ),
    "condition too deep": (
        put(
            rule("reason_neither"),
            when={"not": {"not": {"not": {"not": {"not": {"not": NEITHER}}}}}},
        ),
        ["at most 6 levels deep"],
    ),
    "condition about an unknown question": (
        put(rule("reason_neither"), when={"question": "weight", "chosen": ["a"]}),
        ["reason_neither, when = 'weight'", "the id of a question"],
    ),
    "condition about an unknown code": (
        put(rule("reason_neither"), when={"question": "reason", "chosen": ["grief"]}),
        ["when = 'reason: grief'", "one of depression"],
    ),
    "condition on no code": (
        put(rule("reason_neither"), when={"question": "reason", "chosen": []}),
        ["chosen = []", "at least 1"],
    ),
    "rule with the code of an answer": (
        put(rule("reason_neither"), code="pain"),
        ["code = pain", "a code of its own"],
    ),
    "rule under an earlier question": (
        put(
            rule("reason_neither"),
            when={"all": [NEITHER, {"question": "safety", "chosen": ["no"]}]},
        ),
        ["question = reason", "safety, the last"],
    ),
    "rule over several without its id": (
        put(
            rule("reason_neither"),
            question="safety",
            when={"all": [NEITHER, {"question": "safety", "chosen": ["no"]}]},
        ),
        ["code = neither", "reason_neither, the rule's id"],
    ),
    "question with an unknown condition": (
        put(question("sitter"), when={"question": "weight", "chosen": ["a"]}),
        ["sitter, when = 'weight'"],
    ),
    "trail rule absent": (
        lambda document: document["trail"].pop("answer_changed"),
        ["trail, answer_changed = (absent)"],
    ),
    "trail rule that is harmless": (
        lambda document: document["trail"]["answer_changed"].update(effect="note"),
        ["trail.answer_changed, effect = note", "talk_first"],
    ),
    "change of safety without priority": (
        lambda document: document["trail"]["safety_changed"].pop("priority"),
        ["trail.safety_changed, priority = False"],
    ),
    "rule with the id of a trail rule": (
        put(rule("trials_1"), id="answer_changed"),
        ["id = answer_changed", "another id"],
    ),
    "consent absent": (put(root, consent=None), ["consent = (absent)", "a table"]),
    "no question state": (
        renamed("state", "home"),
        ["questions = (absent)", "a question state, which comes first"],
    ),
    "state is not first": (
        lambda document: document["questions"].insert(1, document["questions"].pop(0)),
        ["questions[2] state, place = after age_band", "the first question"],
    ),
    "several states at once": (put(question("state"), kind="many"), ["kind = 'many'", "one"]),
    "state with a condition": (
        put(question("state"), when={"question": "state", "chosen": ["fl"]}),
        ["questions[1] state, when", "everybody is asked"],
    ),
    "state that is not served": (
        put(choice("state", "nj"), code="ny"),
        ["questions[1] state, choices.ny = (absent)", "outside_area", "fl, nj"],
    ),
    "state outside that is a hard stop": (
        put(rule("state_other"), effect="not_now", ends_path=None),
        ["choices.other = 'not_now'", "outside_area"],
    ),
    "no question age_band": (
        renamed("age_band", "years"),
        ["questions = (absent)", "a question age_band"],
    ),
    "no question safety": (
        renamed("safety", "feelings"),
        ["questions = (absent)", "a question safety for everybody"],
    ),
    "safety with a condition": (
        put(question("safety"), when={"question": "reason", "chosen": ["depression"]}),
        ["questions[4] safety, when", "everybody is asked"],
    ),
    "safety with several answers": (
        put(question("safety"), kind="many"),
        ["questions[4] safety, kind = 'many'", "one"],
    ),
    "age_band with a condition": (
        put(question("age_band"), when={"question": "state", "chosen": ["fl"]}),
        ["questions[2] age_band, when", "everybody is asked"],
    ),
    "age_band with unknown years": (
        put(choice("age_band", "65_plus"), code="80_plus"),
        ["questions[2] age_band, choices.code = 80_plus", "65_plus"],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named(name: str) -> None:
    """Place, key, value and remedy stand in the message; the same file without it loads."""
    edit, fragments = FAULTS[name]
    document = made.document()
    edit(document)
    told = "\n".join(map(str, problems_of(made.written(document), file="draft.toml")))
    assert told.startswith("draft.toml")
    for fragment in fragments:
        assert fragment in told, told


def test_a_copy_without_a_fault_is_sound() -> None:
    """What the faults are put into loads, and is the packaged version."""
    written = made.load_edited(made.document())
    assert dataclasses.replace(written, sha256=made.definition().sha256) == made.definition()


def test_one_fault_is_told_once() -> None:
    """A fault is named once, without others that only follow from it."""
    for name in (
        "effect absent",
        "unknown key in a choice",
        "source absent",
        "reason absent",
        "words of a question absent",
        "unknown urgent words",
        "label absent",
    ):
        document = made.document()
        FAULTS[name][0](document)
        assert len(problems_of(made.written(document))) == 1, name


def test_many_faults_are_told_at_once() -> None:
    """Twenty faults of different kinds in one file: all twenty are in one answer."""
    together = [
        "version is text",
        "unknown key at the top",
        "unknown kind",
        "unknown effect",
        "code in the wrong form",
        "rule about an unknown code",
        "none is not exclusive",
        "ending without its effect",
        "priority without urgent words",
        "unknown line",
        "source with a bad address",
        "outcome without a page",
        "control character",
        "too many words on a page",
        "sentence too long",
        "error that blames",
        "trail rule that is harmless",
        "reserved ids cut",
        "staff line absent",
        "meaning absent",
    ]
    document = made.document()
    for name in together:
        if name not in ("sentence too long", "code in the wrong form"):
            FAULTS[name][0](document)
    put(said("sitter_no"), reason=MANY_WORDS)(document)
    put(choice("body", "bladder"), code="a b")(document)
    told = "\n".join(map(str, problems_of(made.written(document))))
    for name in together:
        assert FAULTS[name][1][-1] in told, name


@pytest.mark.parametrize(
    ("raw", "key", "allowed"),
    [
        (b"#" * (256 * 1024 + 1), "size", "at most 262144 bytes"),
        (b"version = 1\n\xff", "encoding", "UTF-8"),
        (b"version = ", "TOML", "version 1.0"),
        (b"version = 1\nversion = 2", "TOML", "version 1.0"),
        (b"version: 1", "TOML", "version 1.0"),
        (b"- !!python/object:os.system", "TOML", "version 1.0"),
        (b"a = " + b"[" * 100_000, "TOML", "levels deep"),
        (b"a = " + b"9" * 100_000, "TOML", "version 1.0"),
        (b"a = 1\n[a]\nb = 2", "TOML", "version 1.0"),
        (b"", "locales", "at least 1"),
    ],
)
def test_a_file_that_cannot_be_read(raw: bytes, key: str, allowed: str) -> None:
    """Too large, not UTF-8, not TOML, too deep: refused with one line, never a crash."""
    first = problems_of(raw)[0]
    assert first.key == key and allowed in first.allowed


@pytest.mark.parametrize("value", ["1979-05-27", "nan", "1.5", "[1]", "{}", "true", "[[]]"])
@pytest.mark.parametrize(
    "key",
    [
        "version",
        "locales",
        "reserved",
        "sections",
        "outcomes",
        "consent",
        "check",
        "errors",
        "urgent",
        "sources",
        "trail",
        "questions",
        "rules",
    ],
)
def test_any_value_in_any_place_is_refused_and_told(key: str, value: str) -> None:
    """A value of another type is a problem, wherever it stands, and never a crash."""
    document = made.document()
    document.pop(key)
    raw = f"{key} = {value}\n".encode() + made.written(document)
    told = "\n".join(map(str, problems_of(raw)))
    assert key.removesuffix("s") in told


def test_values_of_another_type_deep_inside_are_told() -> None:
    """Every value of the file in turn is put in another type: refused, and never a crash."""
    paths: list[tuple[Any, ...]] = []

    def collect(value: Any, path: tuple[Any, ...]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                collect(inner, (*path, key))
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                collect(inner, (*path, place))
        paths.append(path)

    collect(made.document(), ())
    for path in paths[:: 1 if made.FULL_SIZE else 23]:
        if not path:
            continue
        document: Any = made.document()
        inside = document
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = 3.5
        assert problems_of(made.written(document)), path


def test_a_locale_that_was_not_declared_is_refused() -> None:
    """Asking for Spanish of a file in English says so."""
    (problem,) = problems_of(made.raw(), locale="es")
    assert (problem.key, problem.allowed) == ("locales", "'es' among them")


def test_a_second_locale_is_a_complete_set() -> None:
    """With every word in both, each locale loads with its own words and the same rules."""

    def translate(value: Any) -> Any:
        if isinstance(value, dict):
            inner = {key: translate(each) for key, each in value.items()}
            return {**inner, "es": inner["en"]} if "en" in inner else inner
        return [translate(each) for each in value] if isinstance(value, list) else value

    document = translate(made.document())
    document["locales"] = ["en", "es"]
    made.question(document, "state")["es"] = {
        "title": "¿Dónde vive?",
        "short": "Estado",
        "error": "Seleccione dónde vive",
    }
    spanish = load(made.written(document), "es")
    english = load(made.written(document), "en")
    assert spanish.question("state").title == "¿Dónde vive?"
    assert english.question("state").title == "Where do you live?"
    assert [rule.when for rule in spanish.rules] == [rule.when for rule in english.rules]
    del made.rule(document, "trials_1")["es"]
    (problem,) = problems_of(made.written(document))
    assert "trials_1" in problem.where and problem.key == "es"


def test_states_and_bands_are_those_that_the_code_knows() -> None:
    """What the core lists is what zones, the practice and birth dates are held against."""
    assert set(read_by_name.SERVED) == set(hour_words._OF_STATE) == set(STATES)
    assert set(BANDS) <= set(read_by_name.BANDS)
