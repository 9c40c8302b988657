"""Results of a check and a replay as they are stored, for pages that show them."""

from __future__ import annotations

from typing import Any

CHECK: dict[str, Any] = {
    "problems": [],
    "run": 1_484_352,
    "stands_for": 12_345_678_901_234,
    "seconds": 41.7,
    "properties": [
        {
            "number": number,
            "sentence": "It holds.",
            "holds": True,
            "counterexample": None,
            "missing": [],
        }
        for number in range(1, 9)
    ],
    "unequal": [],
    "articles": [],
}
REPLAY: dict[str, Any] = {
    "submissions": 3,
    "moved": 1,
    "same": 1,
    "matrix": {"may_fit": {"may_fit": 1, "talk_first": 1}},
    "apart": [{"question": "trials", "why": "not_asked", "submissions": 1}],
    "unopened": {"submissions": 0, "references": []},
    "call_first": {
        "submissions": 1,
        "first": [
            {
                "reference": "BCD-2345",
                "definition_version": 1,
                "sent_at": "2026-11-23T15:00:00Z",
                "outcome_before": "may_fit",
                "outcome_after": "talk_first",
                "rules_before": [],
                "rules_after": ["trials_1"],
                "open": True,
                "has_contact": True,
            }
        ],
    },
}
