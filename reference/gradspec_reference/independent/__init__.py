"""The layers written once more, from the spec's pages and not from ``layers``, in every way that the pages allow.

Nothing here shares a line with ``layers`` or ``numbers``: what both agree on was found twice.
"""
