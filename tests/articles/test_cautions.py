"""What the articles must not get wrong about the sources: one test for each caution."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intake.articles.library import Article
from tests.articles.test_content import cited_sentences, pieces, prose
from tests.support.client import Visitor

# Routine records of people treated at home; nothing in them was decided by chance.
RECORDS = {"mathai-home", "hull", "drozdz", "swanson", "company"}
# Studies that gave ketamine into a vein.
INFUSIONS = {
    *("fava", "han", "anand", "ekstrand", "jelovac", "zarate", "murrough", "wilkinson"),
    *("yale", "riva-posse"),
}
# For and against the idea that the strange hour is what helps.
FOR_THE_EXPERIENCE = {"mathai-review", "niciu"}
AGAINST_THE_EXPERIENCE = {"mathai-pooled", "lii"}
BLOCK = re.compile(r"<(p|li)>(.*?)</\1>", re.DOTALL)
A_QUARTER = re.compile(r"\b(?:1 in 4|a quarter|2[67](?:\.6)? (?:in|of) 100)\b")
URINE = re.compile(r"\b(?:bladder|urin)", re.IGNORECASE)


def said(article: Article) -> Iterator[tuple[str, set[str]]]:
    """Each sentence of ``article`` with the ids of the sources that it cites."""
    for piece in pieces(article):
        for sentence, sources in cited_sentences(piece):
            yield sentence, set(sources)


def blocks(article: Article) -> Iterator[tuple[str, set[str]]]:
    """Each paragraph and list item of ``article`` as text, with the sources that it cites."""
    for piece in pieces(article):
        for _tag, inner in BLOCK.findall(piece) or [("", piece)]:
            found = cited_sentences(inner)
            yield (
                " ".join(sentence for sentence, _ in found),
                {source for _, sources in found for source in sources},
            )


def sections(article: Article) -> Iterator[tuple[str, set[str]]]:
    """The body of ``article`` from heading to heading, with the sources that it cites."""
    for part in re.split(r"<h2", article.html):
        found = cited_sentences("<h2" + part)
        yield (
            " ".join(sentence for sentence, _ in found),
            {source for _, sources in found for source in sources},
        )


def cited(article: Article) -> set[str]:
    """The ids of all sources of ``article``."""
    return {source.id for source in article.references}


def test_records_from_homes_are_never_called_a_trial(article: Article) -> None:
    """Who took ketamine at home was in a company's records; only their absence is a trial's."""
    for sentence, sources in said(article):
        if sources & RECORDS:
            assert "trial" not in sentence.lower(), sentence
    for source in article.references:
        if source.id in RECORDS:
            assert "trial" not in source.limits.lower()
    for sentence, _ in said(article):
        if re.search(r"\btrials?\b", sentence) and re.search(r"\bat home\b", sentence):
            assert re.search(r"\bno trial\b", sentence), sentence


def test_records_from_homes_come_with_their_weakness(article: Article) -> None:
    """An article with such figures says that a company keeps them, and that nothing compares."""
    if cited(article) & RECORDS:
        text = prose(article)
        assert re.search(r"\bcompan(?:y|ies)\b", text)
        assert re.search(r"\b(?:comparison group|group to compare)\b", text)


def test_those_who_finished_are_said_to_have_finished(article: Article) -> None:
    """The 1,247 are only the people who finished with enough data."""
    for text, sources in blocks(article):
        if "hull" in sources and re.search(r"1,247|\d in 100", text):
            assert re.search(r"1,247 people (?:who )?finished", text), text


def test_the_quarter_with_bladder_trouble_took_it_outside_of_care(article: Article) -> None:
    """The figure of 1 in 4 is never left to stand for doses from a doctor; no other is used."""
    for sentence, _ in said(article):
        if URINE.search(sentence) and A_QUARTER.search(sentence):
            assert "outside of care" in sentence, sentence
    text = prose(article)
    assert "83.5" not in text
    if "winstock" in cited(article):
        assert "outside of care" in text


def test_no_rosy_share_of_people_who_respond(article: Article) -> None:
    """Pooled studies and everyday care give about half; 60 to 70 in 100 is nowhere."""
    assert not re.search(
        r"\b(?:60|70) ?(?:%|percent|to 70)|\btwo thirds\b|\btwo out of three\b", prose(article)
    )


def test_a_newer_null_trial_comes_with_its_broken_mask(article: Article) -> None:
    """Where KARMA-Dep 2 is told of, so is that most people guessed what they got."""
    for text, sources in blocks(article):
        if "jelovac" in sources:
            assert "guessed" in text
            assert "most people" in text


def test_the_experience_is_never_argued_for_alone(article: Article) -> None:
    """Whoever cites a link of dissociation and benefit cites a study that found none."""
    if cited(article) & FOR_THE_EXPERIENCE:
        assert cited(article) & AGAINST_THE_EXPERIENCE


def test_a_vein_is_not_a_tablet(article: Article) -> None:
    """Where infusions are told of, the same section says that it was an infusion or a vein."""
    for text, sources in sections(article):
        if sources & INFUSIONS:
            assert re.search(r"\bvein\b|\binfusions?\b", text), text[:80]


def test_the_sum_of_four_steps_is_told_with_its_dispute(article: Article) -> None:
    """67 in 100 acts as if nobody dropped out, and both the new count and the reply are cited."""
    text = prose(article)
    if "67 in 100" in text:
        assert "as if nobody had dropped out" in text
        assert "35 in 100" in text
        assert {"rush", "pigott", "rush-reply"} <= cited(article)
    for sentence, sources in said(article):
        if "rush" in sources and re.search(r"\b(?:relapse|ill again)", sentence):
            assert not re.search(r"\d", sentence), sentence


def test_the_first_high_figures_come_with_their_week(article: Article) -> None:
    """The trial with 17 people is told with its size, and with how few still responded."""
    for text, sources in blocks(article):
        if "zarate" in sources:
            assert "17 people" in text
            assert "After a week" in text


def test_thoughts_are_not_attempts(article: Article) -> None:
    """Relief from thoughts of suicide is not told without what was never studied."""
    if "wilkinson" in cited(article):
        assert "did not study whether fewer people tried to end their lives" in prose(article)


def test_one_report_is_one_report(article: Article) -> None:
    """The FDA's case of slowed breathing is told as the one case that it is."""
    for text, _ in blocks(article):
        if "twice" in text and "anesthesia" in text:
            assert re.search(r"\bone (?:case|person|report)\b|\bA person\b", text), text


def test_a_wafer_in_eight_men_is_not_a_tablet(article: Article) -> None:
    """The timing in the blood names the other form and the eight people."""
    if "rolan" in cited(article):
        assert "eight healthy men took a wafer" in prose(article)


def test_who_warns_is_not_made_to_approve(article: Article) -> None:
    """Two societies ask for visits face to face; this practice says that it offers none."""
    if cited(article) & {"asa", "askp"}:
        assert "should not take these groups as being on our side" in prose(article)


def test_figures_that_were_not_confirmed_stay_out(article: Article) -> None:
    """No dissociation figure of an old label, no jump between two quarters, no lost relapse."""
    text = prose(article)
    assert not re.search(r"\b61 to 75\b|\b81(?:\.1)? (?:percent|in 100)|\b71 in 100 fell\b", text)
    assert "current episode" not in text


def test_each_says_how_long_not_to_drive(article: Article) -> None:
    """No article is looser than the label: not until the next day, after sleep."""
    text = prose(article)
    assert "until the next day" in text
    assert re.search(r"after (?:a full night of sleep|restful sleep)", text)
    assert not re.search(r"\bfew hours\b", text)


def test_each_says_off_label_compounded_and_not_approved(client: Visitor, article: Article) -> None:
    """Whichever article a person lands on says all three, above the first figure of the body."""
    page = client.get(f"/blog/{article.slug}").text
    box = page[page.index('id="answer"') : page.index('id="contents"')]
    for needed in ("The FDA has not approved ketamine for depression", "off-label", "compounded"):
        assert needed in box


def test_only_esketamine_is_called_fda_approved(article: Article) -> None:
    """No sentence calls ketamine itself FDA-approved for depression."""
    for sentence, _ in said(article):
        if re.search(r"FDA-approved|FDA approved|approved by the FDA", sentence):
            assert re.search(r"\b[Ee]sketamine\b|close relative of ketamine", sentence), sentence
