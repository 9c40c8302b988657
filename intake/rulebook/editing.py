"""Edits a definition file: a candidate's bytes from those of another version. Pure.

What no change names stays byte for byte, comments included. What comes out is TOML that holds
exactly what was meant; whether it is a sound definition, the loader says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from intake import eligibility
from intake.eligibility.parts import ENDING
from intake.eligibility.reader import ID, LONGEST_ID
from intake.errors import Refused
from intake.rulebook.changes import (
    FIELDS,
    OPTIONAL,
    AddRule,
    Change,
    DropRule,
    Kept,
    NewSource,
    Place,
    Said,
    SetEffect,
    SetPriority,
    SetSource,
    SetUrgent,
    Text,
)
from intake.rulebook.toml_text import Address, NotEditable, TomlText

__all__ = [
    "AddRule",
    "CannotEdit",
    "Change",
    "DropRule",
    "NewSource",
    "Place",
    "Said",
    "SetEffect",
    "SetPriority",
    "SetSource",
    "SetUrgent",
    "Text",
    "edit",
]

TRAIL = ("safety_changed", "answer_changed")
# The order in which a file is written, for a key that is new.
RULE_KEYS = (
    *("id", "question", "code", "when", "effect", "ends_path", "priority", "urgent"),
    *("source", "staff"),
)
WORD_KEYS = ("title", "lead", "hint", "short", "error", "reason", "change", "text", "url")
# Place -> the list that holds it, and the key that names an item.
LISTS = {
    Place.RULE: ("rules", "id"),
    Place.QUESTION: ("questions", "id"),
    Place.SECTION: ("sections", "id"),
    Place.OUTCOME: ("outcomes", "code"),
    Place.URGENT: ("urgent", "id"),
}


class CannotEdit(Refused):
    """A change that the file cannot take; the message says why, in plain words."""


def edit(body: bytes, changes: Sequence[Change], *, version: int) -> bytes:
    """The file ``body`` with ``changes``, one after the other, under the number ``version``.

    ``body`` is a sound definition: else ``DefinitionError``. Raises ``CannotEdit`` for an id that
    the file does not know, and for a file that is laid out in a way that cannot be edited.
    The result may be unsound (too many words, say): the loader tells.
    """
    eligibility.load(body)
    try:
        file = TomlText(body)
        file.put((), "version", version, ())
        for change in changes:
            _apply(file, change)
        return file.bytes()
    except NotEditable as error:
        raise CannotEdit(
            f"This file cannot be edited here: {error}. Edit it elsewhere and upload it."
        ) from None


def _apply(file: TomlText, change: Change) -> None:
    match change:
        case Text():
            _text(file, change)
        case SetEffect(rule, effect):
            file.put(_rule(file, rule), "effect", effect.value, RULE_KEYS)
            if rule not in TRAIL:
                ends = True if effect in ENDING else None
                file.put(_rule(file, rule), "ends_path", ends, RULE_KEYS)
        case SetPriority(rule, priority):
            file.put(_rule(file, rule), "priority", priority or None, RULE_KEYS)
        case SetUrgent(rule, urgent):
            known = _urgent(file, urgent)
            file.put(_rule(file, rule), "urgent", known, RULE_KEYS)
        case SetSource(rule, source):
            address = _rule(file, rule)
            file.put(address, "source", _source(file, source), RULE_KEYS)
        case AddRule():
            _add_rule(file, change)
        case DropRule(rule):
            if rule in TRAIL:
                raise CannotEdit("A rule on changed answers cannot be taken away.")
            _, number = _rule(file, rule)
            file.drop_item("rules", int(number))


def _text(file: TomlText, change: Text) -> None:
    kept = FIELDS[change.place].get(change.field)
    if kept is None:
        raise CannotEdit(f"A {change.place} has no field called “{change.field}”.")
    if change.text is None and change.field not in OPTIONAL:
        raise CannotEdit(f"The {change.field} of a {change.place} cannot be left out.")
    if change.locale not in file.document["locales"]:
        raise CannotEdit(f"This file has no words in “{change.locale}”.")
    address, key = _address(file, change), change.field
    if kept is Kept.IN_LOCALE:
        address = (*address, change.locale)
    elif kept is Kept.AS_LOCALE:
        key = change.locale
    file.put(address, key, change.text, WORD_KEYS)


def _address(file: TomlText, change: Text) -> Address:
    """The table at which a text stands, or above the one of its locale."""
    if change.place is Place.CHOICE:
        address = (*_find(file, Place.QUESTION, change.id), "choices")
        choices = _item(file, Place.QUESTION, change.id)["choices"]
        return (*address, _number(choices, "code", change.code, "answer"))
    if change.place is Place.RULE:
        return _rule(file, change.id)
    if change.place is Place.SOURCE:
        return ("sources", _source(file, change.id))
    if change.place in LISTS:
        return _find(file, change.place, change.id)
    return (change.place.value,)


def _number(items: Sequence[dict[str, Any]], key: str, name: str, what: str) -> int:
    """Where the item called ``name`` stands, counted from 0."""
    for number, item in enumerate(items):
        if item[key] == name:
            return number
    raise CannotEdit(f"There is no {what} called “{name}”.")


def _find(file: TomlText, place: Place, name: str) -> tuple[str, int]:
    name_of_list, key = LISTS[place]
    return name_of_list, _number(file.document[name_of_list], key, name, place.value)


def _item(file: TomlText, place: Place, name: str) -> dict[str, Any]:
    name_of_list, number = _find(file, place, name)
    found: dict[str, Any] = file.document[name_of_list][number]
    return found


def _rule(file: TomlText, rule: str) -> tuple[str, int] | tuple[str, str]:
    return ("trail", rule) if rule in TRAIL else _find(file, Place.RULE, rule)


def _urgent(file: TomlText, urgent: str | None) -> str | None:
    if urgent is not None:
        _find(file, Place.URGENT, urgent)
    return urgent


def _source(file: TomlText, source: str | NewSource) -> str:
    """The key of a source that is there; a new one is put below the last."""
    sources = file.document["sources"]
    if isinstance(source, str):
        if source not in sources:
            raise CannotEdit(f"There is no source called “{source}”.")
        return source
    _check_name(source.key, "source")
    table = {"text": source.text} | ({"url": source.url} if source.url is not None else {})
    if sources.get(source.key, table) != table:
        raise CannotEdit(f"There is another source called “{source.key}” already.")
    if source.key not in sources:
        file.add_table(("sources", list(sources)[-1]), "sources", source.key, table)
    return source.key


def _check_name(name: str, what: str) -> None:
    if not ID.fullmatch(name) or len(name) > LONGEST_ID:
        raise CannotEdit(
            f"“{name}” cannot name a {what}: use lower-case letters, digits and single "
            f"underscores inside, at most {LONGEST_ID} characters."
        )


def _add_rule(file: TomlText, change: AddRule) -> None:
    """Put a rule below the last of its question, or below the question."""
    _check_name(change.id, "rule")
    rules = file.document["rules"]
    if change.id in TRAIL or any(rule["id"] == change.id for rule in rules):
        raise CannotEdit(f"There is a rule called “{change.id}” already.")
    choices = _item(file, Place.QUESTION, change.question)["choices"]
    _number(choices, "code", change.code, "answer")
    own = [number for number, rule in enumerate(rules) if rule["question"] == change.question]
    if any(rules[number]["code"] == change.code for number in own):
        raise CannotEdit("This answer has a rule already: change that one.")
    locales = file.document["locales"]
    if set(change.said) != set(locales):
        raise CannotEdit(f"A rule needs its words in each of: {', '.join(locales)}.")
    asked = {
        "id": change.id,
        "question": change.question,
        "code": change.code,
        "effect": change.effect.value,
        "ends_path": change.effect in ENDING,
        "priority": change.priority,
        "urgent": _urgent(file, change.urgent),
        "source": _source(file, change.source),
        "staff": change.staff,
        **{locale: _said(change.said[locale]) for locale in locales},
    }
    after = ("rules", own[-1]) if own else _find(file, Place.QUESTION, change.question)
    item = {key: value for key, value in asked.items() if value is not None and value is not False}
    file.add_item(after, "rules", item)


def _said(said: Said) -> dict[str, str]:
    return {"reason": said.reason} | ({"change": said.change} if said.change is not None else {})
