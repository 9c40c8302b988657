"""Each article in turn, for the promises that every one of them keeps."""

from __future__ import annotations

import pytest

from intake.articles import library
from intake.articles.library import Article


@pytest.fixture(params=library.all_articles(), ids=lambda article: article.slug)
def article(request: pytest.FixtureRequest) -> Article:
    """Each article in turn."""
    chosen: Article = request.param
    return chosen
