"""What an article tells machines about itself, in the vocabulary of schema.org."""

from __future__ import annotations

import json
from typing import Any

from intake.articles.library import Article
from intake.practice import Practice

# Characters that could end the script element or a line of it; JSON reads the escapes the same.
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def json_ld(article: Article, practice: Practice, base_url: str) -> str:
    """JSON-LD for ``article``, fit to stand inside a script element.

    Until a clinician signs an article, its author is the practice and nobody has reviewed it:
    the data claims no more than the page does. ``base_url`` is without a trailing slash.
    """
    address = f"{base_url}/blog/{article.slug}"
    publisher = {"@type": "MedicalOrganization", "name": practice.name, "url": f"{base_url}/"}
    dates = {
        "datePublished": article.published.isoformat(),
        "dateModified": article.updated.isoformat(),
    }
    page: dict[str, Any] = {
        "@type": "MedicalWebPage",
        "@id": f"{address}#page",
        "url": address,
        "name": article.title,
        "description": article.description,
        "inLanguage": "en-US",
        "audience": {"@type": "Patient"},
        "specialty": "https://schema.org/Psychiatric",
        **dates,
        "publisher": publisher,
        "mainEntity": {"@id": f"{address}#article"},
    }
    text: dict[str, Any] = {
        "@type": "Article",
        "@id": f"{address}#article",
        "headline": article.title,
        "description": article.description,
        "articleSection": article.category,
        "wordCount": article.words,
        "timeRequired": f"PT{article.minutes}M",
        "inLanguage": "en-US",
        **dates,
        "author": publisher,
        "publisher": publisher,
        "mainEntityOfPage": {"@id": f"{address}#page"},
        "citation": [
            {"@type": "CreativeWork", "name": source.text, "url": source.link}
            for source in article.references
        ],
    }
    graph = {"@context": "https://schema.org", "@graph": [page, text]}
    return json.dumps(graph, ensure_ascii=False).translate(ESCAPES)
