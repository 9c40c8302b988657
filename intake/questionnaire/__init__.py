"""The patient's check: start, one question a page, the hard stop, check answers, Send, result.

``walk`` says where a draft stands, ``pages`` holds question pages rendered once per definition.
"""
