"""Hostile requests: what a stranger may send to the patient pages, and what comes back.

``SHOWN`` lists what must hold, line by line, and under each line the tests that show it, so that
a reader can check every one. Headers, hosts and methods stand in test_hostile_transport.py, the
server and proxies in test_hostile_server.py, text and the desk in test_hostile_desk.py, chance in
test_hostile_chance.py.
"""

from __future__ import annotations

import ast
import base64
import re
from pathlib import Path

import pytest
from flask import Flask

from intake.eligibility import load, packaged
from tests.support.client import Visitor
from tests.support.rules import keep_only
from tests.support.walker import QUESTIONS, SAFE, answer, answers, begin, check_and_send, walk

SHOWN = """
Flow: a later page first, to the first gap
    questionnaire/test_flow.py test_a_jump_ahead_leads_to_the_gap
Flow: an answer to a page not reached, the same, and nothing is saved
    house/test_hostile.py test_an_answer_out_of_turn_changes_nothing
Flow: a posted outcome is ignored
    questionnaire/test_flow.py test_posted_extras_decide_nothing
Flow: an answer to a branch that is not shown is dropped
    house/test_hostile.py test_an_answer_to_a_hidden_question_decides_nothing
Flow: result or confirmation without a receipt, to the start without a word about the person
    house/test_hostile.py test_without_a_receipt_nothing_personal_is_shown
    callback/test_booking.py test_without_a_receipt_there_is_nothing_to_book
Flow: another person's change link or code looks like any page that is not there
    house/test_hostile.py test_secret_addresses_look_like_any_missing_page
Flow: an old draft sent again shows what is stored, and no second row
    questionnaire/test_send.py test_an_old_draft_sent_again_shows_what_was_stored
Flow: fifty presses at once are one submission
    questionnaire/test_send.py test_fifty_sends_of_one_draft_are_one
Flow: missing, expired or broken draft, one sentence; a wrong token 400; no trace, no answer
    visit/test_cookie.py test_a_foreign_cookie_leads_to_the_start_with_one_sentence
    visit/test_cookie.py test_a_draft_ends_after_a_day
    questionnaire/test_send.py test_a_wrong_token_is_refused_and_loses_nothing
    house/test_hostile.py test_a_sealed_value_of_another_purpose_is_no_cookie
Flow: the rules change in between, the submission keeps its version
    questionnaire/test_flow.py test_a_check_ends_under_the_version_it_began_with
Flow: the last window taken by two (windows hold any number yet; one that is gone is not booked)
    callback/test_booking.py test_a_window_that_is_gone_offers_the_nearest_and_keeps_the_rest
    callback/test_booking.py test_bookings_at_the_same_moment_are_one
Flow: faster than a person, or the hidden field filled: one more press, never dropped
    questionnaire/test_send.py test_too_fast_is_asked_once_more_and_never_dropped
Input: NUL, direction and order marks are refused, joiners are kept, NFC is stored
    house/test_hostile_desk.py test_hidden_characters_are_refused_in_every_field
    house/test_hostile_desk.py test_joiners_are_kept_and_names_are_stored_composed
    accounts/test_names.py test_a_name_can_be_seen_and_what_was_refused_does_not_come_back
    accounts/test_names.py test_no_door_takes_a_name_that_cannot_be_seen
    house/test_commands.py test_hidden_characters_are_refused_in_a_terminal
Input: a lone surrogate never breaks a page
    house/test_hostile_desk.py test_bytes_that_are_no_text_never_break_a_page
    house/test_commands.py test_bytes_that_are_no_text_are_one_line_in_a_terminal
Input: a megabyte is 413, JSON and XML are 415
    house/test_hostile_transport.py test_a_form_of_another_size_or_kind_is_refused_everywhere
Input: fields that are not the form's are ignored
    callback/test_booking.py test_fields_that_are_not_ours_change_nothing
    house/test_hostile_desk.py test_fields_that_are_not_the_forms_change_nothing
Input: names of any script
    callback/test_booking.py test_names_of_any_script_are_taken
Input: impossible dates, digits of other scripts
    callback/test_readings.py test_a_birth_date_that_cannot_be_is_refused_at_its_part
Input: an address with a line break is refused
    callback/test_booking.py test_a_wrong_entry_is_an_error_on_its_field_and_all_else_is_kept
    house/test_hostile_desk.py test_an_address_with_a_line_break_invites_nobody
Input: template marks and tags are shown as letters
    review/test_record.py test_notes_are_shown_as_they_were_typed
    house/test_hostile_desk.py test_a_hostile_name_is_letters_on_every_page
Input: an archive is never opened (no command takes one yet)
    house/test_hostile_desk.py test_no_command_opens_an_archive
Transport: the headers stand on every response, errors, 304 and static files included
    house/test_hostile_transport.py test_the_headers_stand_on_every_response
Transport: TRACE, PUT and the like are 405, and nothing overrides a method
    house/test_hostile_transport.py test_no_other_method_reaches_a_view
Transport: a foreign, missing or doubled Host is 400
    house/test_hostile_transport.py test_only_our_own_host_is_served
    house/test_hostile_transport.py test_the_server_itself_refuses_and_writes_down_nothing
Transport: no path leads out of a folder
    house/test_hostile_transport.py test_no_path_leads_out_of_its_folder
    articles/test_pages.py test_any_other_name_is_not_found
    house/test_hostile_server.py test_control_characters_in_an_address_are_not_found
Transport: ?email= is ignored, and in no log
    house/test_hostile_transport.py test_a_query_changes_nothing_and_is_not_written_down
    house/test_hostile_transport.py test_the_server_itself_refuses_and_writes_down_nothing
Transport: what cannot be read as a request: a calm page, and nothing of it in any log
    house/test_hostile_server.py test_what_cannot_be_read_is_quoted_nowhere
    house/test_hostile_server.py test_a_fault_before_a_page_is_a_page_and_tells_its_place_only
Transport: a body without a length is 411, and never taken for a next request
    house/test_hostile_server.py test_a_body_without_a_length_is_refused_unread
Transport: no header moves the application, and no way that it shows names a host
    house/test_hostile_server.py test_no_header_moves_the_application
    house/test_hostile_server.py test_a_way_to_the_right_spelling_names_no_host
Transport: with an HTTPS address nothing is shown or taken over plain HTTP, as far as is known
    house/test_hostile_server.py test_over_plain_http_no_page_is_shown
    house/test_hostile_server.py test_without_a_trusted_proxy_nobody_is_believed
Transport: cookie flags, HSTS and the Host- prefix over HTTPS
    house/test_hostile_transport.py test_over_https_cookies_are_shut_in
Transport: personal pages are never stored, public ones know no cookie
    house/test_access.py test_each_visitor_gets_what_the_table_says
    visit/test_cookie.py test_public_pages_know_no_cookie
Transport: another site cannot post, whatever the form
    house/test_hostile_transport.py test_no_form_of_another_site_is_taken
    house/test_hostile_server.py test_the_same_name_without_https_is_another_site
    house/test_hostile_server.py test_on_this_machine_a_form_of_https_is_not_ours
Transport: whoever has a network of addresses is counted once
    accounts/test_limits.py test_the_addresses_of_one_line_count_together
Beyond the list: by chance
    house/test_hostile_chance.py test_no_way_leads_from_a_warning_to_may_fit
    house/test_hostile_chance.py test_no_request_breaks_the_house
Beyond the list: cookies and tokens of another place, and two at once
    house/test_hostile_desk.py test_a_cookie_and_a_token_work_in_their_own_place_only
    house/test_hostile_desk.py test_of_two_moves_at_once_one_stands
    house/test_hostile_desk.py test_send_and_a_call_for_help_at_once_keep_the_call
"""
TESTS = Path(__file__).resolve().parents[1]


def test_every_line_names_tests_that_exist() -> None:
    """The list above is the truth: each line has a test, and each test is where it says."""
    lines = SHOWN.strip().splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith("    "):
            assert following.startswith("    "), f"nothing shows: {line}"
            continue
        file, name = line.split()
        tree = ast.parse((TESTS / file).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, line


def test_an_answer_out_of_turn_changes_nothing(client: Visitor) -> None:
    """Whatever is answered on a page not reached: to the gap, and the cookie is as it was."""
    begin(client)
    answer(client, ["fl"])
    token, before = client.page.form().values["csrf_token"], client.cookie()  # type: ignore[union-attr]  # a page
    worst = {"safety": "thoughts", "mind": "psychosis_now", "pregnancy": "pregnant", "sitter": "no"}
    for question in QUESTIONS[2:]:
        sent = {"csrf_token": token, "answer": [worst.get(question, SAFE[question][0])]}
        response = client.post(f"/eligibility/{question}", sent)
        assert response.headers["Location"] == "/eligibility/age_band"
        assert "Set-Cookie" not in response.headers and client.cookie() == before


def test_an_answer_to_a_hidden_question_decides_nothing(app: Flask, client: Visitor) -> None:
    """Where a question is asked of some only, what others post to it is dropped."""
    raw = packaged()[0][1].decode()
    asked = 'when = { question = "age_band", chosen = ["18_29"] }'
    branching = load(raw.replace('id = "pregnancy"\n', f'id = "pregnancy"\n{asked}\n', 1).encode())
    keep_only(app, branching)
    page = walk(client, SAFE)
    assert page.address == "/eligibility/check" and "pregnan" not in page.words.lower()
    sent = {"csrf_token": page.form().values["csrf_token"], "answer": ["pregnant"]}
    response = client.post("/eligibility/pregnancy", sent)
    assert response.headers["Location"] == "/eligibility/check"
    assert "Set-Cookie" not in response.headers
    client.open("/eligibility/check")
    client.submit()
    assert client.follow().outcome == "may_fit"


@pytest.mark.parametrize("draft", [False, True])
def test_without_a_receipt_nothing_personal_is_shown(client: Visitor, draft: bool) -> None:
    """Nobody, and a draft with every answer: the start page, without answer or outcome."""
    if draft:
        walk(client, answers(heart=["unstable"], safety="thoughts"))
    for address in ("/eligibility/result", "/callback", "/callback/confirmed"):
        assert client.get(address).headers["Location"] == "/eligibility"
        page = client.follow()
        assert page.outcome is None
        assert not re.search(r"hard thoughts|chest|988 now|reference", page.words)


def test_secret_addresses_look_like_any_missing_page(client: Visitor) -> None:
    """A made-up secret, another's code, and nothing at all give one and the same 404."""
    for _ in ("nobody", "receipt"):
        pages = set()
        for address in ("/callback/nowhere", f"/callback/change/{'a' * 43}", "/callback/change/x"):
            response = client.get(address)
            pages.add((response.status_code, response.text))
        assert [status for status, _ in pages] == [404]
        check_and_send(client, SAFE)


def test_a_sealed_value_of_another_purpose_is_no_cookie(app: Flask, client: Visitor) -> None:
    """What our own keys sealed for elsewhere opens nothing here: one sentence, no trace."""
    begin(client)
    answer(client, ["fl"])
    keys, kept = app.extensions["keys"], base64.urlsafe_b64decode((client.cookie() or "") + "==")
    content = keys.open("cookie", "visit:1", kept)
    for purpose, place in (("cookie", "staff:1"), ("cookie", "visit:2"), ("field", "visit:1")):
        sealed = keys.seal(purpose, place, content)
        client.set_cookie(base64.urlsafe_b64encode(sealed).decode().rstrip("="))
        for method, address in (("GET", "/eligibility/safety"), ("POST", "/eligibility/check")):
            response = client._send(method, address)
            assert (response.status_code, response.headers["Location"]) == (303, "/eligibility")
        page = client.follow()
        assert "could not find your answers" in page.words and "Traceback" not in page.text
