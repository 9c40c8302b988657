"""The desk: the queue, the page of one submission, and the export.

Doors: ``views`` (the blueprint), and for the command line ``export_rows`` (an export as bytes) and
``ledger`` (what it leaves in the audit). ``export``, ``timeline``, ``cursor`` and ``words`` are
pure.
"""
