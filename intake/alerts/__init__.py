"""What must not wait: opened with the call it is about, acknowledged, climbing, closed.

Offers ``store`` (open, take, close), ``lists`` (what stands open, what was closed), ``climb``
(letters to the on-call list, then to the physician) and ``timing`` (when an alert moves; pure).
"""
