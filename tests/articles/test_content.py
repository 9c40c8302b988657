"""What the articles say: how it reads, and that every figure leads to a source."""

from __future__ import annotations

import re

from intake.articles import library
from intake.articles.library import Article
from intake.articles.prose import plain
from tests.articles.reading import grade, sentences, words
from tests.support.client import Visitor

ARTICLES = library.all_articles()
FIVE = {
    "should-you-microdose-ketamine",
    "what-ketamine-feels-like",
    "ketamine-safety-at-home",
    "ketamine-side-effects-and-risks",
    "treatment-resistant-depression",
}
BANNED = re.compile(
    r"\b(?:you (?:are|will be) (?:pre-)?approved|pre-?approved|qualif(?:y|ied|ies)|pre-?qualified|"
    r"congratulations|safe for you|you have depression|miracle|breakthrough|guarantee[ds]?|"
    r"get started today|limited time|cures?|game.?changer|life.?changing|cutting.?edge|"
    r"suffer(?:ing|s)? from|abuse[dr]?|addicts?|clean|revolutionary|proven to)\b",
    re.IGNORECASE,
)
FIRST_PERSON = re.compile(r"\b(?:I|I’m|I’ve|my|mine)\b")
# In words and in sentences.
LONGEST = 20
MOST = 3
# A figure: digits, or a number word that counts or compares. "One" alone is a pronoun as often.
FIGURE = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|half|third|quarter|fifth|tenth|double|"
    r"hundreds?|thousands?|most people|hour and a half)\b",
    re.IGNORECASE,
)
# Numbers to call, and the age of an adult, are not findings.
NOT_A_FINDING = re.compile(r"\b(?:988|911|711)\b")
# Common speech that counts nothing.
NOT_A_COUNT = ("Most people mean a small part of a treatment dose",)


def pieces(article: Article) -> list[str]:
    """The HTML that a person reads, in pieces."""
    return [
        *article.answer,
        *(part.html for part in article.parts),
        *(*article.care.items, article.care.after, *article.advice.do, *article.advice.do_not),
        *(entry.answer for entry in article.questions),
    ]


def prose(article: Article) -> str:
    """Everything that a person reads, as text, without citations."""
    return "\n".join(
        [
            article.title,
            article.promise,
            article.care.heading,
            *(entry.question for entry in article.questions),
            *(plain(piece) for piece in pieces(article)),
        ]
    )


def paragraphs(fragment: str) -> list[str]:
    """The paragraphs and entries of lists of an HTML ``fragment``, or itself, as text.

    What stands after a line break of its own, as the day in a byline does, counts for itself.
    """
    found = re.findall(r"<(p|li)\b[^>]*>(.*?)</\1>", fragment, re.DOTALL)
    whole = [inner for _tag, inner in found] or [fragment]
    return [plain(part) for inner in whole for part in inner.split("<br>")]


def cited_sentences(fragment: str) -> list[tuple[str, list[str]]]:
    """Each sentence of an HTML ``fragment`` with the sources that it cites."""
    marked = re.sub(
        r'([.!?])?((?:<sup>\u2060<a href="#source-[a-z-]+"[^>]*>\[\d+\]</a></sup>)+)',
        lambda match: (
            "".join(f" ¤{name}¤" for name in re.findall(r"#source-([a-z-]+)", match[2]))
            + (match[1] or "")
        ),
        fragment,
    )
    found = []
    for sentence in sentences(plain(marked)):
        found.append((re.sub(r" ¤[a-z-]+¤", "", sentence), re.findall(r"¤([a-z-]+)¤", sentence)))
    return found


def test_all_five_are_there() -> None:
    """The library carries the five articles that the site promises, each related to the rest."""
    assert library.slugs() == FIVE
    for article in ARTICLES:
        assert {article.slug, *article.related} == FIVE


def test_length(article: Article) -> None:
    """An article has 900 to 1,600 words, and the page states its minutes at 220 a minute."""
    assert 900 <= article.words <= 1600
    assert article.minutes == -(-article.words // 220)
    assert abs(article.words - len(prose(article).split())) <= 60


def test_reading_grade(article: Article) -> None:
    """The whole reads at grade 8 or lower, and so does each section of 100 words or more."""
    assert grade(prose(article)) <= 8
    for section in re.split(r"<h2", article.html):
        text = plain("<h2" + section)
        if len(words(text)) >= 100:
            assert grade(text) <= 8.5, text[:60]


def test_sentences_are_short(article: Article) -> None:
    """No sentence is past 20 words, in the description and the limits of sources neither."""
    limits = [source.limits for source in article.references]
    everything = "\n".join([prose(article), article.description, *limits])
    assert [each for each in sentences(everything) if len(words(each)) > LONGEST] == []


def test_paragraphs_are_short(article: Article) -> None:
    """No paragraph and no entry of a list is past three sentences."""
    for piece in pieces(article):
        for paragraph in paragraphs(piece):
            assert len(sentences(paragraph)) <= MOST, paragraph


def test_the_page_around_it_reads_alike(client: Visitor, article: Article) -> None:
    """What the page adds, such as the box and the invitations, keeps the same measures."""
    main = client.get(f"/blog/{article.slug}").text.partition("<main")[2].partition("</main>")[0]
    for paragraph in paragraphs(main.partition('id="sources"')[0]):
        parts = sentences(paragraph)
        assert len(parts) <= MOST, paragraph
        assert [each for each in parts if len(words(each)) > LONGEST] == []


def test_no_word_that_promises_or_shames(article: Article) -> None:
    """No marketing, no promise, no word that blames a person for an illness."""
    everything = "\n".join(
        [prose(article), article.description, *(source.limits for source in article.references)]
    )
    assert BANNED.findall(everything) == []
    assert "—" not in everything


def test_nothing_is_said_in_the_first_person(article: Article) -> None:
    """No sentence speaks as the physician, who has not signed it."""
    said = "\n".join(plain(piece) for piece in pieces(article))
    assert FIRST_PERSON.findall(said) == []


def test_the_honest_sentences_are_there(article: Article) -> None:
    """Each article says what the practice earns by, or what it has at stake, and 988."""
    assert "988" in prose(article)
    assert "we have a stake in the answer" in prose(article) or "We earn money" in prose(article)


def test_every_figure_has_a_source(article: Article) -> None:
    """A sentence with a figure cites a source, and the source is in the list."""
    known = {source.id for source in article.references}
    for piece in pieces(article):
        for sentence, sources in cited_sentences(piece):
            assert set(sources) <= known
            text = NOT_A_FINDING.sub("", sentence)
            if FIGURE.search(text) and not sentence.startswith(NOT_A_COUNT):
                assert sources, f"no source: {sentence}"


def test_every_source_is_cited_named_and_limited(article: Article) -> None:
    """Each source is cited, has a DOI or an agency's or maker's page, and says its limits."""
    html = "".join(pieces(article))
    for source in article.references:
        assert f'href="#source-{source.id}"' in html
        assert source.link.startswith("https://")
        assert source.limits.startswith("Limits: ")
    assert [source.number for source in article.references] == list(
        range(1, len(article.references) + 1)
    )


def test_ids_of_citations_are_unique(article: Article) -> None:
    """A source that is cited twice gets two ids, so that each can be linked to."""
    ids = re.findall(r'\bid="([^"]+)"', "".join(pieces(article)))
    assert len(ids) == len(set(ids))


def test_questions_are_asked_once(article: Article) -> None:
    """No common question stands twice, nor as a heading of the body."""
    asked = [entry.question.lower() for entry in article.questions]
    headings = [heading.text.lower() for heading in article.contents]
    assert len({*asked, *headings}) == len(asked) + len(headings)
    assert "common questions" not in headings


def test_the_dates_make_sense(article: Article) -> None:
    """The next review is due within a year of the last change."""
    assert 0 < (article.next_review - article.updated).days <= 366


def test_microdosing_says_what_the_copy_cautions_ask() -> None:
    """The figures of the pooled studies stand, the old 60 to 70 percent do not; nulls are told."""
    article = library.find("should-you-microdose-ketamine")
    assert article is not None
    text = prose(article)
    for needed in ("45 in 100", "52 in 100", "55 in 100", "most people guessed", "3 of 8 studies"):
        assert needed in text
    assert not re.search(r"\b(?:60|70) ?(?:%|percent|to 70)", text)
    assert "no published" not in text.lower()
    assert "until the next day" in text
