"""``intake check``: it proves, it names every fault, and it says what breaks which property."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from intake.cli import commands
from intake.cli.prepare import House
from intake.eligibility import DefinitionError, packaged
from intake.rulebook import proving
from intake.rulebook.models import DefinitionVersion
from tests.conftest import MONDAY_MORNING
from tests.eligibility import made, small
from tests.eligibility.test_loader import FAULTS


def check(*words: str, house: House | None = None) -> Result:
    """Run ``intake check`` in this process."""
    environ = {}
    if house is not None:
        environ = {
            "INTAKE_INSTANCE": str(house.settings.instance),
            "INTAKE_DATABASE_URL": house.settings.database_url,
        }
    return CliRunner().invoke(commands, ["check", *words], env=environ)


@pytest.fixture(autouse=True)
def at_full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is served meanwhile: the proof need not stand back."""
    monkeypatch.setattr(proving, "NICE", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound definition that is quickly proven."""
    path = tmp_path / "v2.toml"
    path.write_bytes(made.written({**small.joined(), "version": 2}))
    return path


def test_the_packaged_rules_are_proven() -> None:
    """Every combination of version 1 is run, all eight properties hold, sizes and time are told."""
    result = check("--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    first, *articles = json.loads(result.stdout)
    assert articles == [] and first["problems"] == []
    proof = first["proof"]
    assert proof["proven"] is True and proof["whole"] is True and proof["unequal"] == []
    assert proof["run"] == proof["to_run"] == 1_990_662
    assert proof["stands_for"] == 587_402_655_841_011
    assert [each["number"] for each in proof["properties"] if each["holds"]] == list(range(1, 9))
    assert proof["seconds"] > 0 and proof["processes"] >= 1
    assert (first["questions"], first["rules"]) == (15, len(made.definition().rules))


def test_a_file_is_proven_in_words(file: Path) -> None:
    """For a person: sizes, groups of every question, time, and each property."""
    result = check(str(file))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "version 2, 7 questions" in lines[0] and "sound and proven" in lines[0]
    assert "9,587,883 sets of answers stand in 826 combinations" in lines[1]
    assert lines[2].strip().startswith("826 run in ")
    assert "    state: 3 answers = 2 + 1" in lines
    assert sum(line.endswith(" holds") for line in lines) == 8
    assert result.stderr == ""


def test_a_broken_property_shows_its_smallest_counterexample(file: Path) -> None:
    """The answers that matter, the flags, the outcome, and the rules to look at; exit code 1."""
    document = small.joined()
    rule = made.rule(document, "safety_not_sure")
    rule["effect"] = "talk_first"
    del rule["ends_path"]
    file.write_bytes(made.written(document))
    result = check(str(file))
    assert result.exit_code == 1
    assert "NOT PROVEN" in result.stdout.splitlines()[0]
    at = next(n for n, line in enumerate(result.stdout.splitlines()) if "IS BROKEN" in line)
    assert [line.strip() for line in result.stdout.splitlines()[at + 1 : at + 5]] == [
        "safety is not_sure, and the outcome is talk_first",
        "answers: safety = not_sure; 5 harmless ones",
        "flags: safety:not_sure; outcome: talk_first",
        "look at: safety_thoughts, safety_now, safety_not_sure, safety_skip",
    ]
    again = check(str(file), "--json")
    proof = json.loads(again.stdout)[0]["proof"]
    assert again.exit_code == 1 and proof["proven"] is False and proof["whole"] is True
    (broken,) = [each for each in proof["properties"] if not each["holds"]]
    assert broken["number"] == 1 and broken["counterexample"]["telling"] == ["safety"]


def test_a_rule_that_nothing_fires_is_told(file: Path) -> None:
    """What no answers lead to is named, though each part of it is sound; exit code 1."""
    document = small.small()
    both = {"all": [small.chosen("state", "other"), small.chosen("heart", "history")]}
    document["rules"].append(small.rule("never", "heart", "talk_first", both))
    file.write_bytes(made.written(document))
    result = check(str(file))
    assert result.exit_code == 1 and "no answers fire the rule `never`" in result.stdout


def test_a_version_of_the_database(house: House, file: Path) -> None:
    """A stored version is proven like a file; one that is not there is wrong usage."""
    body = file.read_bytes()
    definition = made.load_edited({**small.joined(), "version": 2})
    with house.engine.begin() as connection:
        connection.execute(
            insert(DefinitionVersion).values(
                version=2,
                sha256=definition.sha256,
                body=body,
                origin="upload",
                imported_at=MONDAY_MORNING,
            )
        )
    result = check("--version", "2", "--json", house=house)
    assert result.exit_code == 0, result.output
    (entry,) = json.loads(result.stdout)
    assert entry["file"] == "version 2" and entry["sha256"] == definition.sha256
    missing = check("--version", "7", house=house)
    assert missing.exit_code == 2 and "no version 7" in missing.output
    assert check(str(file), "--version", "2", house=house).exit_code == 2
    assert check("nowhere.toml").exit_code == 2


def test_a_space_that_is_too_large_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition that branches too much to be proven is a problem, not an endless run."""
    monkeypatch.setattr("intake.eligibility.space.MOST_COMBINATIONS", 825)
    result = check(str(file))
    assert result.exit_code == 1 and "826 combinations of answers are too many" in result.stdout


def toml(text: str) -> bytes:
    """Version 1 with ``text`` before it."""
    return text.encode() + made.raw()


# Kinds of fault by name: those of the loader's table of the same name, or whole files.
KINDS = (
    "version is text",
    "no questions",
    "unknown key in a rule",
    "rule about an unknown code",
    "condition about an unknown question",
    "condition about an unknown code",
    "condition too deep",
    "condition in two forms",
    "unknown kind",
    "unknown effect",
    "effect absent",
    "code in the wrong form",
    "none is not exclusive",
    "ending without its effect",
    "crisis that does not end",
    "priority without urgent words",
    "source absent",
    "source without a year",
    "outcome without a page",
    "outcome that nothing leads to",
    "label absent",
    "reason absent",
    "control character",
    "text that turns round",
    "too many words on a page",
    "sentence too long",
    "promise",
    "trail rule that is harmless",
    "rule under an earlier question",
    "reserved ids cut",
)
FILES: dict[str, tuple[bytes, str]] = {
    "too large": (b"#" * 262_145, "size = 262145 bytes"),
    "not UTF-8": (b"\xff\xfe", "encoding = byte 0"),
    "YAML": (b"questions:\n  - id: state\n", "TOML = "),
    "YAML that builds objects": (b"!!python/object/apply:os.system [ls]", "TOML = "),
    "a key twice": (toml("version = 1\n"), "TOML = "),
    "a table made of a value": (b"a = 1\n[a]\nb = 2\n", "TOML = "),
    "too deep": (b"a = " + b"[" * 100_000, "too deep"),
    "a date for a number": (
        made.raw().replace(b"version = 1", b"version = 1979-05-27", 1),
        "version",
    ),
    "not a number": (made.raw().replace(b"version = 1", b"version = nan", 1), "version = nan"),
    "empty": (b"", "locales = (absent)"),
}


def edits() -> dict[str, tuple[made.Document, str]]:
    """Faults of how questions, codes and conditions hang together, with what must be told."""
    circle, unreachable, later, doubled, unknown, long = (made.document() for _ in range(6))
    made.question(circle, "mind")["when"] = small.chosen("heart", "none")
    made.question(circle, "heart")["when"] = small.chosen("mind", "none")
    made.question(unreachable, "sitter")["when"] = small.chosen("safety", "now")
    made.question(later, "mind")["when"] = small.chosen("sitter", "yes")
    choices = made.question(doubled, "heart")["choices"]
    choices.append(choices[0])
    unknown["rules"].remove(made.rule(unknown, "heart_not_sure"))
    extra = {**made.question(long, "sitter"), "id": "sitter_again"}
    long["questions"].append(extra)
    return {
        "cycle": (circle, "mind waits for heart waits for mind"),
        "unreachable question": (unreachable, "sitter, when = never true"),
        "condition on a later question": (later, "a question that stands earlier"),
        "duplicate code": (doubled, "choices.code = 'unstable'"),
        "unknown without effect": (unknown, "unknown is never safe"),
        "too many pages": (long, "at most 15 on any path"),
    }


def refused(path: Path, body: bytes) -> str:
    """What ``intake check`` says of a file that it refuses."""
    path.write_bytes(body)
    result = check(str(path))
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit) and "problem" in result.stdout
    return result.stdout


def test_there_are_more_than_25_kinds_of_fault() -> None:
    """Each kind is another one."""
    kinds = [*KINDS, *FILES, *edits()]
    assert len(kinds) == len(set(kinds)) >= 25


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_the_definition_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    """Place, value and remedy are told, and the exit code is 1."""
    edit, fragments = FAULTS[kind]
    document = made.document()
    edit(document)
    told = refused(tmp_path / "draft.toml", made.written(document))
    assert all(fragment in told for fragment in fragments), told


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_definition_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    """A trick of the format, a wrong encoding or size: one line, and the exit code is 1."""
    body, fragment = FILES[kind]
    assert fragment in refused(tmp_path / "draft.toml", body)


@pytest.mark.parametrize("kind", edits())
def test_a_fault_between_parts_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    """What hangs together wrongly is told where it stands."""
    document, fragment = edits()[kind]
    assert fragment in refused(tmp_path / "draft.toml", made.written(document))


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """Faults of many kinds in one file: each is named in one run, as text and as JSON."""
    together = [
        "unknown kind",
        "unknown effect",
        "none is not exclusive",
        "ending without its effect",
        "priority without urgent words",
        "outcome without a page",
        "too many words on a page",
        "trail rule that is harmless",
        "reserved ids cut",
        "control character",
    ]
    document = made.document()
    for kind in together:
        FAULTS[kind][0](document)
    path = tmp_path / "draft.toml"
    told = refused(path, made.written(document))
    assert all(FAULTS[kind][1][-1] in told for kind in together), told
    (entry,) = json.loads(check(str(path), "--json").stdout)
    assert len(entry["problems"]) >= len(together) and "proof" not in entry


def test_the_proof_is_the_same_however_many_run_it() -> None:
    """One process or two: the same report, with progress that ends at all combinations."""
    raw = made.written(small.joined())
    seen: list[tuple[int, int]] = []
    one = proving.prove(raw, processes=1, progress=lambda done, every: seen.append((done, every)))
    two = proving.prove(raw, processes=2)
    assert seen[-1] == (826, 826) and [done for done, _ in seen] == sorted(d for d, _ in seen)
    differing = {"seconds", "processes"}
    packed: list[dict[str, Any]] = [one.pack(), two.pack()]
    for each in packed:
        for key in differing:
            del each[key]
    assert packed[0] == packed[1] and one.proven


def test_a_proof_can_be_ended() -> None:
    """What the progress raises ends it, and leaves no process behind."""

    class Enough(Exception):
        pass

    def stop(done: int, every: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        proving.prove(made.written(small.joined()), processes=1, progress=stop)
    with pytest.raises(DefinitionError):
        proving.prove(packaged()[0][1].replace(b"version = 1", b"", 1))


def test_articles_that_a_file_touches_are_named(file: Path, tmp_path: Path, house: House) -> None:
    """With and without a desk; a rule that no article speaks of touches none."""
    text = dict(packaged())["v1.toml"].decode().replace("version = 1\n", "version = 2\n", 1)
    file.write_text(text.replace('effect = "note"', 'effect = "talk_first"', 1))
    for desk in (house, None):
        environ = {"INTAKE_INSTANCE": str(tmp_path / "nothing")} if desk is None else {}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            patch.setattr(proving, "prove", None)
            patch.setattr("intake.cli.check.prove", lambda body, progress: Proven())
            result = check("--json", str(file), house=desk)
        (entry,) = json.loads(result.stdout)
        assert any("should-you-microdose-ketamine" in each for each in entry["articles"])


class Proven:
    """A report that says proven, where the proof itself is not what is tested."""

    def pack(self) -> dict[str, Any]:
        """As ``Report.pack`` gives it."""
        return {"proven": True}
