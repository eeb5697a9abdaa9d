"""Nobody finds out by asking whether somebody has an account: the same words, after the same work, and mails leave by themselves."""
import re
import time

import pytest

PASSWORD = 'a long enough password'
ON_ITS_WAY = 'If there is an account with this address, a mail with a link is on its way.'
STATES = {
    'nobody': None, 'a member': '', 'blocked': 'blocked', 'disabled': 'disabled', 'pending': 'pending-x', 'gone': 'deleted',
    'not verified': '0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'}


@pytest.fixture
def iterations(gluon, monkeypatch):
    """The work of every password hash that is computed meanwhile."""
    import hashlib
    done, plain = [], hashlib.pbkdf2_hmac

    def pbkdf2_hmac(name, password, salt, iterations, *rest):
        done.append(iterations)
        return plain(name, password, salt, 1, *rest)
    monkeypatch.setattr(hashlib, 'pbkdf2_hmac', pbkdf2_hmac)
    return done


def ask(site, action, **typed):
    """Fill in a form; return (status, where to, what it says)."""
    visitor = site.visitor()
    form = visitor.get('/default/user/' + action).forms[0]
    for name, value in typed.items():
        form[name] = value
    answer = form.submit(expect_errors=True)
    page = visitor.follow(answer) if answer.status_int == 303 else answer
    return answer.status_int, answer.location, page.html.find(class_=['flash', 'error']).text, len(answer.headers.getall('Set-Cookie'))


@pytest.mark.parametrize('state', STATES)
@pytest.mark.parametrize('password', [PASSWORD + 'x', 'x'])
def test_a_wrong_login_is_refused_alike_whatever_there_is(site, iterations, state, password):
    if STATES[state] is not None:
        site.member('Ann', registration_key=STATES[state])
    assert ask(site, 'login', email='ann@example.com', password=password) == (200, None, 'Invalid login', 1)
    assert sum(iterations) == 210_000


@pytest.mark.parametrize('state', ['blocked', 'disabled', 'pending', 'gone', 'not verified'])
def test_so_is_a_right_one_of_somebody_who_may_not_log_in(site, state):
    site.member('Ann', registration_key=STATES[state])
    assert ask(site, 'login', email='ann@example.com', password=PASSWORD) == (200, None, 'Invalid login', 1)


@pytest.mark.parametrize('stored', [None, '', 'x', 'a$b$c', 'pbkdf2(x)$y$z', 'pbkdf2(210000,32,sha512)$abc$def', 'sha512$a$b'])
def test_so_is_one_where_another_application_has_stored_an_odd_hash(site, iterations, stored):
    id = site.member('Ann')
    site.db.executesql('UPDATE auth_user SET password = ? WHERE id = ?', [stored, id])
    site.db.commit()
    assert ask(site, 'login', email='ann@example.com', password=PASSWORD)[2] == 'Invalid login'
    assert sum(iterations) == 210_000


def test_a_demo_member_whose_password_is_wrong_is_nobody_from_elsewhere(site, iterations):
    site.member('Ann', email='ann@demo.invalid')
    visitor = site.visitor(REMOTE_ADDR='203.0.113.9')
    form = visitor.get('/default/user/login').forms[0]
    form['email'], form['password'] = 'ann@demo.invalid', 'wrong'
    assert 'Invalid login' in form.submit(status=200) and sum(iterations) == 210_000


def test_getting_in_takes_one_hash(site, iterations):
    from pydal.validators import CRYPT
    id = site.member('Ann')
    strong = str(CRYPT(digest_alg='pbkdf2(210000,32,sha512)')(PASSWORD)[0])
    site.db.executesql('UPDATE auth_user SET password = ? WHERE id = ?', [strong, id])
    site.db.commit()
    iterations.clear()
    site.visitor().submit_login('ann@example.com')
    assert iterations == [210_000]


@pytest.mark.parametrize('action', ['login', 'register'])
def test_a_password_of_a_hundred_thousand_characters_is_not_hashed(site, iterations, action):
    site.member('Ann')
    visitor = site.visitor()
    form = visitor.get('/default/user/' + action).forms[0]
    fields = dict(form.submit_fields(), email='ann@example.com', password='x' * 100_000)
    assert visitor.post('/default/user/' + action, fields, 200).html.find(id='password__error') and iterations == []


def test_nor_is_one_where_a_member_types_the_old_one(site, ann, monkeypatch):
    from pydal import validators
    lengths, plain = [], validators.simple_hash
    monkeypatch.setattr(validators, 'simple_hash', lambda text, *rest: lengths.append(len(text)) or plain(text, *rest))
    form = ann.get('/default/user/change_password').forms[0]
    fields = dict(form.submit_fields(), **dict.fromkeys(('old_password', 'new_password', 'new_password2'), 'x' * 40_000))
    page = ann.post('/default/user/change_password', fields, 200)
    assert page.html.find(id='new_password__error') and all(length < 1_100 for length in lengths)


# -- a forgotten password --

def wait_for_key(site, key=None):
    for _ in range(500):
        site.db.rollback()
        found = site.db.executesql('SELECT reset_password_key FROM auth_user')[0][0]
        if found and found != key:
            return found
        time.sleep(0.02)


@pytest.mark.parametrize('state', STATES)
def test_whoever_asks_for_a_new_password_is_told_the_same(site, statements, mail_server, state):
    if STATES[state] is not None:
        site.member('Ann', registration_key=STATES[state])
    answers = []
    sent = statements(lambda: answers.append(ask(site, 'request_reset_password', email='ann@example.com')))
    assert answers == [(303, '/messenger/default/user/login', ON_ITS_WAY, 1)]
    assert not any('auth_user' in one for one in sent), 'no page looks whether there is one'
    if state in ('a member', 'not verified'):
        mail = mail_server.mail()
        assert mail['to'] == 'ann@example.com' and wait_for_key(site) in mail['text']
    else:
        site.member('Eve', email='eve@example.com')
        ask(site, 'request_reset_password', email='eve@example.com')
        assert mail_server.mail()['to'] == 'eve@example.com' and mail_server.is_empty()


def test_the_key_is_stored_before_the_mail_leaves(site, mail_server):
    site.member('Ann')
    mail_server.behaves = 'hangs'
    ask(site, 'request_reset_password', email='Ann@Example.com')
    key = wait_for_key(site)
    mail_server.let_go()
    assert key in mail_server.mail()['text']


def test_no_page_waits_for_a_mail_server_that_hangs(site, mail_server):
    mail_server.behaves = 'hangs'
    for name in ('Ann', 'Bob', 'Cai', 'Dee', 'Eve'):
        site.member(name)
    began = time.monotonic()
    for name in ('ann', 'bob', 'cai', 'dee', 'eve'):
        assert ask(site, 'request_reset_password', email=name + '@example.com')[0] == 303
    assert time.monotonic() - began < 10, 'it hangs for twice that, and each mail with it'
    mail_server.let_go()
    assert {mail_server.mail()['to'].partition('@')[0] for _ in range(5)} == {'ann', 'bob', 'cai', 'dee', 'eve'}


def test_nobody_is_sent_one_mail_after_the_other_and_nobody_is_told(site, mail_server):
    site.member('Ann')
    answers = {ask(site, 'request_reset_password', email=typed)[:3] for typed in ('ann@example.com', 'ANN@example.com') * 3}
    assert len(answers) == 1
    key = wait_for_key(site)
    assert key in mail_server.mail()['text']
    site.member('Bob')
    ask(site, 'request_reset_password', email='bob@example.com')
    assert mail_server.mail()['to'] == 'bob@example.com' and mail_server.is_empty() and wait_for_key(site) == key


def test_a_mail_that_cannot_be_sent_is_logged_without_its_address(site, mail_server, caplog):
    mail_server.behaves = 'refuses'
    site.member('Ann')
    ask(site, 'request_reset_password', email='ann@example.com')
    for _ in range(500):
        if 'A mail could not be sent' in caplog.text:
            break
        time.sleep(0.02)
    assert 'A mail could not be sent: SMTPRecipientsRefused' in caplog.text and 'ann@' not in caplog.text


def test_a_link_that_is_good_for_nothing_says_so_and_computes_no_hash(site, mail_server, iterations):
    visitor = site.visitor()
    for key in ('', '1', '1-x', 'x', '%d-x' % time.time()):
        assert 'This link is no longer valid' in visitor.follow(visitor.get('/default/user/reset_password?key=' + key, 303))
    assert iterations == []


def test_who_registers_gets_the_mail_after_the_commit_and_does_not_wait_for_it(site, mail_server, monkeypatch):
    monkeypatch.setenv('MESSENGER_AUTH_REGISTRATION_REQUIRES_VERIFICATION', 'true')
    mail_server.behaves = 'hangs'
    visitor = site.visitor()
    form = visitor.get('/default/user/register').forms[0]
    for name, value in dict(first_name='Cai', last_name='Lee', email='cai@example.com', password=PASSWORD, password_two=PASSWORD).items():
        form[name] = value
    form.submit(status=303)
    assert site.db.executesql('SELECT email FROM auth_user') == [('cai@example.com',)]
    mail_server.let_go()
    link = re.search(r'http://\S+', mail_server.mail()['text'])[0]
    assert 'Email verified' in visitor.follow(visitor.get(link.partition('8000')[2], 303))
    assert 'Inbox' in visitor.log_in('cai@example.com')
