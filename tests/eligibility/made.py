"""Definitions and answers for tests: the packaged version, edited copies, drawn answers."""

from __future__ import annotations

import copy
import functools
import json
import os
import random
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from intake.eligibility import Definition, load, packaged
from tests.eligibility.decision_table import ALONE, MANY, SAFE, TABLE

Document = dict[str, Any]
FULL_SIZE = os.environ.get("INTAKE_TEST_SIZE") == "full"


@functools.cache
def definition() -> Definition:
    """Version 1 as it is packaged."""
    return load(raw())


@functools.cache
def raw() -> bytes:
    """The bytes of version 1."""
    return dict(packaged())["v1.toml"]


@functools.cache
def _document() -> Document:
    return tomllib.loads(raw().decode())


def document() -> Document:
    """A copy of version 1 to edit."""
    return copy.deepcopy(_document())


def written(edited: Mapping[str, Any]) -> bytes:
    """The file of an edited document."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in edited.items()).encode()


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def load_edited(edited: Mapping[str, Any]) -> Definition:
    """The definition of an edited document."""
    return load(written(edited))


def question(edited: Document, question_id: str) -> Document:
    """One question of a document, to edit in place."""
    return next(each for each in edited["questions"] if each["id"] == question_id)


def choice(edited: Document, question_id: str, code: str) -> Document:
    """One choice of a document, to edit in place."""
    choices = question(edited, question_id)["choices"]
    return next(each for each in choices if each["code"] == code)


def rule(edited: Document, rule_id: str) -> Document:
    """One rule of a document, to edit in place."""
    return next(each for each in edited["rules"] if each["id"] == rule_id)


def safe(**changed: str) -> dict[str, tuple[str, ...]]:
    """Harmless answers to all questions, but for ``changed`` (codes joined by spaces)."""
    return {**SAFE, **{key: tuple(codes.split()) for key, codes in changed.items()}}


def answer_to(question_id: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Any possible answer to a question."""
    codes = list(TABLE[question_id])
    if question_id not in MANY:
        return st.sampled_from([(code,) for code in codes])
    together = [code for code in codes if code not in ALONE]
    some = st.sets(st.sampled_from(together), min_size=1).map(
        lambda chosen: tuple(code for code in together if code in chosen)
    )
    alone = [(code,) for code in codes if code in ALONE]
    return st.one_of(st.sampled_from(alone), some) if alone else some


def complete() -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    """Answers to all questions, harmless ones often, so that every outcome comes up."""
    return st.fixed_dictionaries(
        {key: st.one_of(st.just(SAFE[key]), answer_to(key)) for key in TABLE}
    )


def partial() -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    """Answers to any of the questions: gaps anywhere, and leftovers after them."""
    return st.fixed_dictionaries(
        {}, optional={key: st.one_of(st.just(SAFE[key]), answer_to(key)) for key in TABLE}
    )


def lots(seed: int, count: int) -> Iterator[dict[str, tuple[str, ...]]]:
    """``count`` sets of answers by lot, the same for each seed.

    Complete and partial ones, with gaps and leftovers; most answers are harmless, so that every
    outcome comes up.
    """
    dice = random.Random(seed)
    for _ in range(count):
        given = {}
        harmless, answered = dice.choice([0.6, 0.9, 0.97]), dice.choice([0.85, 1, 1])
        for key, codes in TABLE.items():
            if dice.random() > answered:
                continue
            given[key] = SAFE[key] if dice.random() < harmless else _drawn(dice, key, list(codes))
        yield given


def _drawn(dice: random.Random, key: str, codes: list[str]) -> tuple[str, ...]:
    first = dice.choice(codes)
    if key not in MANY or first in ALONE:
        return (first,)
    more = {code for code in codes if code not in ALONE and dice.random() < 0.2}
    return tuple(code for code in codes if code in more | {first})
