"""The library of articles: one Markdown file each, turned into pages, a feed and structured data.

Front door ``views``; side door ``library`` (``all_articles``, ``find``, ``slugs``, ``load``).
A file goes through ``front_matter`` and ``prose`` to ``reader``, which makes the ``records``.
"""
