"""Links that lie in a mailbox: each is good once, for what it was made for, and for nobody whom somebody keeps out."""
import threading
import time
import uuid

import pytest

from .test_at_once import END, THIEFS, others
from .test_at_once import just_before as just_before
from .test_ending import NEW, by_a_query, change, in_a_form, is_out
from .test_ending import admin as admin
from .test_ending import password as password
from .test_under_way import beside as beside_us

GONE = 'This link is no longer valid'


@pytest.fixture
def ann(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'logging')
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://127.0.0.1:8000')
    return site.log_in('Ann')


@pytest.fixture
def link(site, ann):
    """The address of such a page, as the mail has it."""
    key = '%d-%s' % (time.time(), uuid.uuid4())
    site.db.executesql('UPDATE auth_user SET reset_password_key = ? WHERE id = ?', (key, ann.id))
    site.db.commit()
    return '/default/user/reset_password?key=' + key


def filled_in(visitor, link):
    form = visitor.get(link).forms[0]
    form['new_password'] = form['new_password2'] = THIEFS
    return form


@pytest.mark.parametrize('happens', [
    lambda ann, admin: change(ann),
    lambda ann, admin: others(ann).submit(status=303),
    lambda ann, admin: in_a_form(admin, ann.id, password=NEW),
    lambda ann, admin: in_a_form(admin, ann.id, email='ann@elsewhere.example'),
    lambda ann, admin: (in_a_form(admin, ann.id, registration_key='blocked'), in_a_form(admin, ann.id, registration_key='')),
    lambda ann, admin: by_a_query(admin, "email='ann@elsewhere.example'", update_check=True),
], ids=['password', 'elsewhere', 'password set', 'address set', 'blocked for a time', 'address by a query'])
def test_it_is_taken_back_when_something_happens_to_the_account(site, ann, admin, link, happens):
    visitor = site.visitor()
    form = filled_in(visitor, link)     # opened before, as well
    happens(ann, admin)
    for answer in (form.submit(status=303), site.visitor().get(link, 303)):
        assert GONE in visitor.follow(answer)
    assert is_out(visitor)


@pytest.mark.parametrize('fields', [{'first_name': 'Anna'}, {}])
def test_it_is_good_whatever_else_happens(site, ann, admin, link, fields):
    in_a_form(admin, ann.id, **fields)
    filled_in(site.visitor(), link).submit(status=303)
    assert 'Inbox' in site.visitor().log_in('ann@example.com', THIEFS)


def test_when_it_is_taken_back_at_the_same_moment_it_sets_nothing(site, ann, link, just_before):
    visitor = site.visitor()
    form = filled_in(visitor, link)
    just_before(END, lambda: change(ann))
    assert 'This link is no longer valid' in form.submit(status=403)
    assert not is_out(ann) and is_out(visitor) and 'Inbox' in site.visitor().log_in('ann@example.com', NEW)


def test_of_two_who_use_it_at_the_same_moment_one_sets_a_password(site, ann, link, just_before):
    first, second = site.visitor(), site.visitor()
    form, other = filled_in(first, link), filled_in(second, link)
    other['new_password'] = other['new_password2'] = NEW
    just_before(END, lambda: other.submit(status=303))
    assert form.submit(status=403)
    assert is_out(ann) and 'Inbox' in site.visitor().log_in('ann@example.com', NEW)


@pytest.mark.parametrize('happens', [
    lambda ann, admin: change(ann),
    lambda ann, admin: others(ann).submit(status=303),
    lambda ann, admin: in_a_form(admin, ann.id, email='ann@elsewhere.example'),
    lambda ann, admin: (in_a_form(admin, ann.id, registration_key='blocked'), in_a_form(admin, ann.id, registration_key='')),
], ids=['password', 'elsewhere', 'address', 'blocked for a time'])
def test_one_that_is_asked_for_at_the_same_moment_is_taken_back_too(site, ann, admin, monkeypatch, happens):
    """It is judged, and something happens before it is stored, or waits until it is."""
    from messenger_web.accounts import links
    beside, sent = [], []

    def keeps_out(*arguments):
        beside.append(threading.Thread(target=happens, args=(ann, admin)))
        beside[0].start()
        beside[0].join(1)
        return plain(*arguments)
    plain = links.keeps_out
    monkeypatch.setattr(links, 'keeps_out', keeps_out)
    monkeypatch.setattr('messenger_web.accounts.mails.send', lambda smtp, to, subject, text: sent.append(to))
    monkeypatch.setattr('messenger_web.accounts.mails.post.put', lambda job, limit: beside_us(job))
    form = site.visitor().get('/default/user/request_reset_password').forms[0]
    form['email'] = 'ann@example.com'
    form.submit(status=303)
    beside[0].join()
    site.db.commit()
    assert site.db.executesql('SELECT reset_password_key FROM auth_user') == [('',)] and sent == ['ann@example.com']


# -- whoever is kept out --

@pytest.fixture
def approval(monkeypatch, request):
    monkeypatch.setenv('MESSENGER_AUTH_REGISTRATION_REQUIRES_APPROVAL', str(request.param).lower())
    return request.param


def state_of(site, id):
    site.db.commit()
    return site.db.executesql('SELECT registration_key FROM auth_user WHERE id = ?', (id,))[0][0]


def be(site, ann, state):
    site.db.executesql('UPDATE auth_user SET registration_key = ? WHERE id = ?', (state, ann.id))
    site.db.commit()


@pytest.mark.parametrize('approval', [False, True], indirect=True)
@pytest.mark.parametrize('state', ['blocked', 'disabled', 'pending', 'deleted', 'spam', ' '])
def test_a_word_that_keeps_somebody_out_is_no_key(site, ann, approval, state):
    be(site, ann, state)
    for address in ('/' + state, '?key=' + state):
        visitor = site.visitor()
        assert GONE in visitor.follow(visitor.get('/default/user/verify_email' + address.replace(' ', '%20'), 303))
        assert state_of(site, ann.id) == state


@pytest.mark.parametrize('approval', [False, True], indirect=True)
@pytest.mark.parametrize('address', ['', '/', '//', '/%20', '/None', '?key=', '/0', '/verify_email'])
def test_nor_does_such_a_link_put_a_member_out(site, ann, approval, address):
    answer = site.visitor().get('/default/user/verify_email' + address, None)
    assert answer.status_int in (303, 404) and state_of(site, ann.id) == '' and not is_out(ann)


@pytest.mark.parametrize('approval', [False, True], indirect=True)
@pytest.mark.parametrize('state', ['blocked', 'spam', 'deleted', 'pending-0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'])
def test_nor_lets_a_new_password_them_in(site, ann, link, approval, state):
    visitor = site.visitor()
    form = filled_in(visitor, link)
    be(site, ann, state)
    for answer in (form.submit(status=303), site.visitor().get(link, 303)):
        assert GONE in visitor.follow(answer)
    assert state_of(site, ann.id) == state


@pytest.mark.parametrize('approval', [False, True], indirect=True)
def test_a_new_password_confirms_an_address_and_approves_of_nobody(site, ann, link, approval):
    key = str(uuid.uuid4())
    be(site, ann, key)
    answer = site.visitor().get(link, None)
    if approval:
        assert answer.status_int == 303 and state_of(site, ann.id) == key
    else:
        filled_in(site.visitor(), link).submit(status=303)
        assert state_of(site, ann.id) == ''


@pytest.mark.parametrize('action', ['reset_password', 'verify_email'])
def test_nor_them_who_are_blocked_at_the_same_moment(site, ann, link, just_before, action):
    visitor, key = site.visitor(), str(uuid.uuid4())
    form = filled_in(visitor, link)
    if action == 'verify_email':
        be(site, ann, key)
    just_before(END, lambda: be(site, ann, 'blocked'))
    answer = form.submit(status=403) if action == 'reset_password' else visitor.get('/default/user/verify_email/' + key, 403)
    assert GONE in answer and state_of(site, ann.id) == 'blocked'


@pytest.mark.parametrize('approval', [False, True], indirect=True)
@pytest.mark.parametrize('fields', [{'email': 'ann@elsewhere.example'}, {'first_name': 'Anna'}])
def test_a_mail_confirms_the_address_that_it_was_sent_to_and_no_other(site, ann, admin, approval, fields):
    key = 'pending-' * approval + str(uuid.uuid4())
    be(site, ann, key)
    in_a_form(admin, ann.id, **fields)
    visitor = site.visitor()
    page = visitor.follow(visitor.get('/default/user/verify_email/' + key, 303))
    if 'email' in fields:
        now = state_of(site, ann.id)
        assert GONE in page and now != key and len(now) == len(key) and now.startswith('pending-') == approval
        assert visitor.get('/default/user/verify_email/' + now, 303) and state_of(site, ann.id) == ('pending' if approval else '')
    else:
        assert GONE not in page and state_of(site, ann.id) == ('pending' if approval else '')


@pytest.mark.parametrize('state', ['', 'blocked', 'spam'])
def test_an_administrators_word_counts_with_another_address(site, ann, admin, state):
    be(site, ann, str(uuid.uuid4()))
    in_a_form(admin, ann.id, email='ann@elsewhere.example', registration_key=state)
    assert (state_of(site, ann.id) or '') == state     # appadmin makes NULL of nothing
