"""Who may open what: one table of every endpoint, method and kind of visitor.

A form is sent without its token: whoever may use it gets 400, whoever may not gets 403, and
whoever has no cookie is led to where they can begin. So the table tells right from wrong without
changing anything.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.alerts import store as alerts
from intake.cli.prepare import House
from tests.accounts.desk import CHEAP, Desk
from tests.review.made import Maker
from tests.rulebook.made import candidate
from tests.support.client import Visitor
from tests.support.walker import SAFE, begin, check_and_send

VISITORS = ("nobody", "draft", "receipt", "half", "intake", "clinician", "admin")

# endpoint, method, address: then what each of VISITORS gets.
TABLE = """
site.home                      GET   /                                   200 200 200 200 200 200 200
site.about                     GET   /about                              200 200 200 200 200 200 200
site.physician                 GET   /physician                          200 200 200 200 200 200 200
site.how_we_decide             GET   /how-we-decide                      200 200 200 200 200 200 200
site.help_now                  GET   /help-now                           200 200 200 200 200 200 200
site.privacy                   GET   /privacy                            200 200 200 200 200 200 200
site.accessibility             GET   /accessibility                      200 200 200 200 200 200 200
site.language_help             GET   /language-help                      200 200 200 200 200 200 200
site.rights                    GET   /rights                             200 200 200 200 200 200 200
site.healthz                   GET   /healthz                            200 200 200 200 200 200 200
site.readyz                    GET   /readyz                             200 200 200 200 200 200 200
site.robots                    GET   /robots.txt                         200 200 200 200 200 200 200
site.sitemap                   GET   /sitemap.xml                        200 200 200 200 200 200 200
articles.index                 GET   /blog/                              200 200 200 200 200 200 200
articles.article               GET   /blog/ARTICLE                       200 200 200 200 200 200 200
articles.feed                  GET   /blog/feed.xml                      200 200 200 200 200 200 200
web.asset                      GET   /static/app.css                     200 200 200 200 200 200 200
web.favicon                    GET   /favicon.ico                        200 200 200 200 200 200 200
questionnaire.start            GET   /eligibility                        200 200 200 200 200 200 200
questionnaire.start_again      POST  /eligibility                        303 400 400 303 303 303 303
questionnaire.question         GET   /eligibility/age_band               303 200 303 303 303 303 303
questionnaire.answer           POST  /eligibility/age_band               303 400 400 303 303 303 303
questionnaire.stop             GET   /eligibility/stop                   303 303 303 303 303 303 303
questionnaire.finish           POST  /eligibility/stop                   303 400 400 303 303 303 303
questionnaire.help             GET   /eligibility/help                   303 303 303 303 303 303 303
questionnaire.check            GET   /eligibility/check                  303 303 303 303 303 303 303
questionnaire.send             POST  /eligibility/check                  303 400 400 303 303 303 303
questionnaire.result           GET   /eligibility/result                 303 303 200 303 303 303 303
questionnaire.other_options    POST  /eligibility/result                 303 400 400 303 303 303 303
questionnaire.leave            POST  /leave                              303 303 303 303 303 303 303
questionnaire.left             GET   /left                               200 200 200 200 200 200 200
callback.book                  GET   /callback                           303 303 200 303 303 303 303
callback.book                  POST  /callback                           303 400 400 303 303 303 303
callback.confirmed             GET   /callback/confirmed                 303 303 200 303 303 303 303
callback.urgent                GET   /callback/urgent                    303 303 303 303 303 303 303
callback.urgent                POST  /callback/urgent                    303 303 303 303 303 303 303
accounts.login                 GET   /staff/login                        200 200 200 200 303 303 303
accounts.check_login           POST  /staff/login                        400 400 400 400 400 400 400
accounts.second_step           GET   /staff/login/code                   303 303 303 200 303 303 303
accounts.check_second_step     POST  /staff/login/code                   303 303 303 400 303 303 303
accounts.confirm               GET   /staff/confirm                      303 303 303 303 200 200 200
accounts.confirm               POST  /staff/confirm                      303 303 303 303 400 400 400
accounts.logout                POST  /staff/logout                       303 303 303 303 400 400 400
accounts.account               GET   /staff/account                      303 303 303 303 200 200 200
accounts.end_session           POST  /staff/account/sessions/SESSION/end 303 303 303 303 400 400 400
accounts.stay                  POST  /staff/account/stay                 303 303 303 303 400 400 400
accounts.emergency_access      GET   /staff/emergency                    303 303 303 303 200 200 200
accounts.take_emergency_access POST  /staff/emergency                    303 303 303 303 400 400 400
accounts.end_emergency_access  POST  /staff/emergency/end                303 303 303 303 400 400 400
accounts.review_emergency_access POST /staff/emergency/SESSION/review    303 303 303 303 403 400 400
accounts.password              GET   /staff/account/password             303 303 303 303 200 200 200
accounts.password              POST  /staff/account/password             303 303 303 303 400 400 400
accounts.setup                 GET   /staff/setup/no-such-link           404 404 404 404 404 404 404
accounts.setup                 POST  /staff/setup/no-such-link           400 400 400 400 400 400 400
accounts.enrol                 GET   /staff/enrol                        303 303 303 303 303 303 303
accounts.enrol                 POST  /staff/enrol                        303 303 303 400 303 303 303
accounts.passkey_challenge     POST  /staff/passkey/challenge            400 400 400 400 400 400 400
accounts.passkey_login         POST  /staff/login/passkey                400 400 400 400 400 400 400
accounts.passkey_second_step   POST  /staff/login/code/passkey           303 303 303 400 303 303 303
accounts.passkey_confirm       POST  /staff/confirm/passkey              303 303 303 303 400 400 400
accounts.own_passkeys          GET   /staff/account/passkeys             303 303 303 303 200 200 200
accounts.add_passkey           POST  /staff/account/passkeys             303 303 303 303 400 400 400
accounts.own_passkey_challenge POST  /staff/account/passkeys/challenge   303 303 303 303 400 400 400
accounts.remove_passkey POST /staff/account/passkeys/SESSION/remove 303 303 303 303 400 400 400
accounts.add_phone             GET   /staff/account/phone                303 303 303 303 303 303 303
accounts.add_phone             POST  /staff/account/phone                303 303 303 303 400 400 400
accounts.enrol_passkey         POST  /staff/enrol/passkey                303 303 303 400 303 303 303
accounts.enrol_passkey_challenge POST /staff/enrol/passkey/challenge 303 303 303 400 303 303 303
accounts.recovery_codes        GET   /staff/recovery-codes               303 303 303 303 200 200 200
accounts.make_recovery_codes   POST  /staff/recovery-codes               303 303 303 303 400 400 400
accounts.recovery_codes_saved  POST  /staff/recovery-codes/saved         303 303 303 303 400 400 400
accounts.team                  GET   /staff/team                         303 303 303 303 403 403 200
accounts.invite                GET   /staff/team/invite                  303 303 303 303 403 403 200
accounts.invite                POST  /staff/team/invite                  303 303 303 303 403 403 400
accounts.member                GET   PERSON                              303 303 303 303 403 403 200
accounts.set_roles             POST  PERSON/roles                        303 303 303 303 403 403 400
accounts.reset                 POST  PERSON/reset                        303 303 303 303 403 403 400
accounts.disable               POST  PERSON/disable                      303 303 303 303 403 403 400
accounts.end_member_session    POST  PERSON/sessions/SESSION/end         303 303 303 303 403 403 400
review.queue                   GET   /staff/                             303 303 303 303 200 200 303
review.seen                    POST  /staff/seen                         303 303 303 303 400 400 403
review.choose                  POST  /staff/bulk                         303 303 303 303 400 400 403
review.confirm                 POST  /staff/bulk/confirm                 303 303 303 303 400 400 403
review.save_view               POST  /staff/views                        303 303 303 303 400 400 403
review.drop_view               POST  /staff/views/no-such/drop           303 303 303 303 400 400 403
review.caller                  GET   /staff/check                        303 303 303 303 200 200 403
review.begin_for_caller        POST  /staff/check                        303 303 303 303 400 400 403
review.submission              GET   RECORD                              303 303 303 303 200 200 403
review.contact                 POST  RECORD/contact                      303 303 303 303 400 400 403
review.move                    POST  RECORD/move                         303 303 303 303 400 400 403
review.assign                  POST  RECORD/assign                       303 303 303 303 400 400 403
review.note                    POST  RECORD/note                         303 303 303 303 400 400 403
review.keep                    POST  RECORD/keep                         303 303 303 303 400 400 403
review.drop_kept               POST  RECORD/kept/drop                    303 303 303 303 400 400 403
review.alerts                  GET   /staff/alerts                       303 303 303 303 200 200 403
review.acknowledge             POST  ALERT/acknowledge                   303 303 303 303 400 400 403
review.close_alert             GET   ALERT/close                         303 303 303 303 200 200 403
review.close_alert             POST  ALERT/close                         303 303 303 303 400 400 403
review.search                  GET   /staff/search                       303 303 303 303 200 200 403
review.following               GET   /staff/next                         303 303 303 303 303 303 403
review.look                    POST  /staff/search                       303 303 303 303 400 400 403
review.call                    POST  RECORD/call                         303 303 303 303 400 400 403
review.identity                POST  RECORD/identity                     303 303 303 303 400 400 403
review.duplicate               GET   RECORD/duplicate                    303 303 303 303 200 200 403
review.merge                   POST  RECORD/duplicate                    303 303 303 303 400 400 403
review.override                GET   RECORD/override                     303 303 303 303 403 303 403
review.do_override             POST  RECORD/override                     303 303 303 303 403 400 403
review.restore                 POST  RECORD/restore                      303 303 303 303 403 400 403
review.export                  GET   /staff/export                       303 303 303 303 403 200 403
review.export                  POST  /staff/export                       303 303 303 303 403 400 403
clinician.rules                GET   /staff/rules                        303 303 303 303 200 200 200
clinician.version              GET   /staff/rules/2                      303 303 303 303 200 200 200
clinician.changes              GET   /staff/rules/2/changes              303 303 303 303 200 200 200
clinician.file                 GET   /staff/rules/2/file                 303 303 303 303 200 200 200
clinician.way                  GET   /staff/rules/2/steps                303 303 303 303 200 200 200
clinician.rule                 GET   /staff/rules/2/rules/heart_vessel   303 303 303 303 403 200 403
clinician.rule                 POST  /staff/rules/2/rules/heart_vessel   303 303 303 303 403 400 403
clinician.new_rule             GET   /staff/rules/2/questions/state/fl   303 303 303 303 403 200 403
clinician.new_rule             POST  /staff/rules/2/questions/state/fl   303 303 303 303 403 400 403
clinician.question             GET   /staff/rules/2/questions/state      303 303 303 303 403 200 403
clinician.question             POST  /staff/rules/2/questions/state      303 303 303 303 403 400 403
clinician.words                GET   /staff/rules/2/words                303 303 303 303 403 200 403
clinician.words                POST  /staff/rules/2/words                303 303 303 303 403 400 403
clinician.upload               GET   /staff/rules/upload                 303 303 303 303 403 200 403
clinician.upload               POST  /staff/rules/upload                 303 303 303 303 403 400 403
clinician.sign                 GET   /staff/rules/2/sign                 303 303 303 303 403 200 403
clinician.sign                 POST  /staff/rules/2/sign                 303 303 303 303 403 400 403
clinician.start                GET   /staff/rules/2/start                303 303 303 303 403 200 403
clinician.start                POST  /staff/rules/2/start                303 303 303 303 403 400 403
clinician.movers               GET   /staff/rules/2/movers.csv           303 303 303 303 403 200 403
clinician.copy                 POST  /staff/rules/2/copy                 303 303 303 303 403 400 403
clinician.drop                 POST  /staff/rules/2/rules/trials_1/drop 303 303 303 303 403 400 403
clinician.discard              POST  /staff/rules/2/discard              303 303 303 303 403 400 403
clinician.run                  POST  /staff/rules/2/run/check            303 303 303 303 403 400 403
clinician.cancel               GET   /staff/rules/orders/1/cancel        303 303 303 303 403 303 403
clinician.cancel               POST  /staff/rules/orders/1/cancel        303 303 303 303 403 400 403
clinician.articles             GET   /staff/articles                     303 303 303 303 403 200 403
clinician.confirm              POST  /staff/articles/ARTICLE/confirm     303 303 303 303 403 400 403
oversight.dashboard            GET   /staff/dashboard                    303 303 303 303 200 200 200
oversight.mail                 GET   /staff/mail                         303 303 303 303 200 200 200
oversight.try_again            POST  /staff/mail/SESSION/again           303 303 303 303 400 400 400
oversight.drop                 POST  /staff/mail/SESSION/drop            303 303 303 303 400 400 400
oversight.audit_page           GET   /staff/audit                        303 303 303 303 403 200 200
oversight.filter_audit         POST  /staff/audit                        303 303 303 303 403 400 400
oversight.check_audit          POST  /staff/audit/check                  303 303 303 303 403 400 400
oversight.audit_export         GET   /staff/audit/export                 303 303 303 303 403 200 200
oversight.make_audit_export    POST  /staff/audit/export                 303 303 303 303 403 400 400
"""

ROWS = [line.split() for line in TABLE.strip().splitlines()]


def test_every_endpoint_has_its_row(app: Flask) -> None:
    """A view that is not in the table, or a row without a view, fails."""
    served = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(row[0], row[1]) for row in ROWS}


@pytest.fixture
def places(app: Flask, house: House) -> dict[str, str]:
    """What stands in the addresses: a submission, its alert, a person, an article, version 2."""
    app.extensions["passwords"] = CHEAP
    with Session(house.engine, expire_on_commit=False) as session:
        sent = Maker(session, house.keys).send(app.extensions["now"]())
        crisis = Maker(session, house.keys).crisis(app.extensions["now"]())
        alert = alerts.open_for(
            session, house.keys, crisis, app.extensions["now"](), house.practice
        )
        assert alert is not None
        member = Desk(app, session).member("intake", name="Sam Sol")
        candidate(session, house.keys, 2)
        session.commit()
    return {
        "RECORD": f"/staff/submissions/{sent.reference}",
        "PERSON": f"/staff/team/{member.id}",
        "ALERT": f"/staff/alerts/{alert.id}",
        "SESSION": "0" * 32,
        "ARTICLE": "should-you-microdose-ketamine",
    }


def arrive(kind: str, app: Flask, house: House) -> Visitor:
    """A browser of a visitor of ``kind``."""
    visitor = Visitor(app)
    if kind == "draft":
        begin(visitor)
        visitor.submit(answer="fl")
    elif kind == "receipt":
        check_and_send(visitor, SAFE)
    elif kind != "nobody":
        with Session(house.engine, expire_on_commit=False) as session:
            desk = Desk(app, session)
            member = desk.member("intake" if kind == "half" else kind)
            act: Callable[..., Visitor] = desk.first_step if kind == "half" else desk.sign_in
            visitor = act(member, visitor)
    return visitor


@pytest.mark.parametrize("kind", VISITORS)
def test_each_visitor_gets_what_the_table_says(
    app: Flask, house: House, places: dict[str, str], kind: str
) -> None:
    """Every endpoint answers this visitor with the status of the table, and keeps its promise."""
    visitor = arrive(kind, app, house)
    cookies = {name: visitor.cookie(name) for name in ("visit", "staff")}
    column = VISITORS.index(kind) + 3
    wrong = []
    for row in ROWS:
        for name, value in cookies.items():
            if value is None:
                visitor.wsgi.delete_cookie(name, domain="localhost")
            else:
                visitor.set_cookie(value, name)
        address = row[2]
        for word, value in places.items():
            address = address.replace(word, value)
        response = visitor.get(address) if row[1] == "GET" else visitor.post(address)
        if response.status_code != int(row[column]):
            wrong.append((row[0], row[1], response.status_code, "not", row[column]))
        private = not row[0].startswith(("site.", "articles.", "web.")) and row[2] != "/left"
        assert (response.headers["Cache-Control"] == "no-store") or not private, row[0]
    assert not wrong, "; ".join(" ".join(map(str, each)) for each in wrong)
