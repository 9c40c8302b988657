"""One sent check: its answers, flags, contact and callbacks, its status and notes.

Offers ``store`` (what a visitor sends), ``queue`` (who is next), ``desk`` (what staff read and
do), ``rows`` (every submission in turn, for the export), ``status`` (the table of moves, pure)
and ``contact``.
"""
