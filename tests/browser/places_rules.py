"""The pages on which clinicians read, change, prove and sign the rules; see ``rules_made``."""

from __future__ import annotations

from tests.browser.place import Place
from tests.browser.rules_made import AHEAD, BROKEN, EARLIER, FEW, MANY, READY, UNDONE

MAIN = "main form[method=post] .button"


def _of(number: int, name: str, rest: str, holds: str, press: str | None = None) -> Place:
    """A page of one version."""
    return Place(name, f"/staff/rules/{number}{rest}", holds=holds, press=press)


RULES = (
    Place("rules", "/staff/rules", holds=".banner.care"),
    _of(1, "rules-live", "", "form[action$='/copy']"),
    Place("rules-read", "/staff/rules/1", holds="dl.rules", role="intake"),
    Place("rules-read-admin", "/staff/rules/1", holds="dl.rules", role="admin"),
    _of(FEW, "rules-candidate", "", "form[action$='/discard']"),
    _of(AHEAD, "rules-signed", "", "dl.rules"),
    _of(FEW, "changes", "/changes?against=1", ".differences"),
    _of(MANY, "changes-many", "/changes?against=1", ".differences li:nth-child(10)"),
    _of(UNDONE, "changes-none", "/changes?against=1", ".empty"),
    _of(AHEAD, "changes-signed", "/changes?against=1", "h2"),
    _of(FEW, "steps", "/steps", "form[action$='/run/check']"),
    _of(MANY, "steps-running", "/steps", "progress"),
    _of(BROKEN, "steps-broken", "/steps", ".properties .panel"),
    _of(READY, "steps-ready", "/steps", "a.button"),
    _of(AHEAD, "steps-signed", "/steps", "table"),
    _of(UNDONE, "steps-undone", "/steps", ".banner.alarm"),
    Place("steps-read", f"/staff/rules/{READY}/steps", holds="table", role="intake"),
    _of(FEW, "rule", "/rules/heart_vessel", "select"),
    _of(FEW, "rule-new", "/questions/reason/depression", "select"),
    _of(FEW, "rule-error", "/questions/reason/depression", ".summary", MAIN),
    _of(FEW, "question", "/questions/heart", "textarea"),
    _of(FEW, "words", "/words", "textarea"),
    Place("rules-upload", "/staff/rules/upload", holds="[type=file]"),
    Place("rules-upload-error", "/staff/rules/upload", press=MAIN, holds="#not-saved"),
    _of(READY, "sign", "/sign", "[name=agree]"),
    _of(READY, "sign-error", "/sign", ".summary", MAIN),
    _of(1, "sign-live", "/sign", "[name=agree]"),
    _of(FEW, "sign-not-yet", "/sign", "main a"),
    _of(EARLIER, "go-back", "/start", "[name=start]"),
    Place("staff-articles", "/staff/articles", holds="form[action$='/confirm']"),
)
