"""Forms and addresses that no page of ours has sent, and web2py's own actions fail on: a sentence, and never a ticket."""
import json

import pytest

from .test_appadmin import admin as admin
from .test_appadmin import password as password

LINE, JSON = 'application/x-www-form-urlencoded', 'application/json'
TOO_OLD = 'This page was too old. Please try again.'
QUERIES = (
    'start=x', 'start=-1', 'start=' + '9' * 5_000, 'start=1&start=2', 'query=a&query=b', 'orderby=message.id&orderby=x', 'query=',
    'orderby=(', 'query=db.message.id>0&start=100', 'table=message&table=feed', 'csvfile=x&table=nothing', 'query=db.nothing.id>0')
FRAMES = (
    {'query': 5}, {'query': ['db.message.id>0']}, {'query': {'a': 1}}, {'query': None}, {'start': 5}, {'update_fields': True},
    {'csvfile': 'x'}, {'table': ['message'], 'csvfile': 7})


def fields(browser, path):
    return dict(browser.get(path).forms[0].submit_fields())


def post(browser, path, body, kind=LINE):
    browser.app.lint = False
    return browser._checked(browser.app.post('/messenger' + path, body, {'Content-Type': kind}, expect_errors=True), None)


def assert_no_fault(site, ask, *asked):
    """What was asked is said when it fails: many ask over one site."""
    answer = ask()
    assert not site.tickets(), '%s: %s' % (asked, site.tickets()[0])
    assert answer.status_int < 500, (asked, answer.status)


@pytest.mark.parametrize('changes', [{'id': '999'}, {'id': None}, {'id': ''}, {'id': 'x'}, {'id': ['999', '1']}])
def test_a_profile_of_somebody_else_or_of_nobody_is_too_old(site, ann, bob, changes):
    filled = {**fields(ann, '/default/user/profile'), 'first_name': 'Changed', **changes}
    answer = post(ann, '/default/user/profile', {name: value for name, value in filled.items() if value is not None})
    assert answer.status_int == 409 and TOO_OLD in answer
    assert site.db.executesql("SELECT COUNT(*) FROM auth_user WHERE first_name = 'Changed'") == [(0,)]
    answer = post(ann, '/default/user/profile', {**fields(ann, '/default/user/profile'), 'first_name': 'Anna'})
    assert answer.status_int == 303


@pytest.mark.parametrize('changes', [{'id': '999'}, {'id': None}])
def test_so_is_a_row_of_another_number_in_appadmin(site, ann, bob, admin, changes):
    path = '/appadmin/update/db/auth_user/%d' % ann.id
    filled = {**fields(admin, path), 'first_name': 'Changed', **changes}
    answer = post(admin, path, {name: value for name, value in filled.items() if value is not None})
    assert answer.status_int == 409 and TOO_OLD in answer
    assert site.db.executesql("SELECT COUNT(*) FROM auth_user WHERE first_name = 'Changed'") == [(0,)]


@pytest.mark.parametrize('function', ['select', 'csv', 'index', 'insert', 'update', 'state', 'ccache', 'hooks', 'download'])
def test_no_address_in_appadmin_is_a_fault_of_ours(site, ann, bob, admin, function):
    for path in ('/appadmin/%s/db' % function, '/appadmin/%s/db/message' % function, '/appadmin/%s/db/message/1' % function):
        for words in (*QUERIES, *('query=db.message.id>0&' + query for query in QUERIES)):
            assert_no_fault(site, lambda: admin.app.get('/messenger%s?%s' % (path, words), expect_errors=True), path, words)    # noqa: B023


@pytest.mark.parametrize('function', ['select/db', 'insert/db/message', 'update/db/auth_user/1', 'csv/db'])
def test_nor_is_what_json_can_say(site, ann, admin, function):
    admin.app.lint = False
    for frame in FRAMES:
        form = fields(admin, '/appadmin/select/db?query=db.message.id>0')
        body = json.dumps({**form, **frame})
        assert_no_fault(site, lambda: admin.app.post(
            '/messenger/appadmin/' + function, body, {'Content-Type': JSON}, expect_errors=True), function, frame)     # noqa: B023


@pytest.mark.parametrize('path', ['insert/db/auth_user', 'insert/db/message', 'select/db?query=db.message.id>0'])
def test_nor_is_a_form_whose_fields_come_twice(site, ann, admin, path):
    twice = [(name, value) for name, value in fields(admin, '/appadmin/' + path).items() for value in (value, 'x')]
    assert post(admin, '/appadmin/' + path, twice).status_int < 500
