"""What browsers are told with every answer of the application: that nothing is taken from elsewhere, whatever the answer is."""
import pytest
from messenger_core.database.transaction import turnstile
from messenger_core.feed import sequence

PAGE = {"default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'"}
BARE = {"default-src 'none'", "frame-ancestors 'none'"}


def policy(answer):
    assert answer.headers['X-Content-Type-Options'] == 'nosniff' and answer.headers['X-Frame-Options'] == 'DENY'
    return {part for part in answer.headers['Content-Security-Policy'].split('; ') if not part.startswith('connect-src')}


@pytest.mark.parametrize(('address', 'status', 'expected'), [
    ('/messaging/chat/999', 404, PAGE), ('/messaging/index', 200, PAGE), ('/messaging/history.json?conversation=9', 404, PAGE),
    ('/messaging/updates.json', 400, PAGE), ('/messaging/active.json', 200, PAGE), ('/messaging/stream', 400, BARE),
    ('/messaging/mark', 405, BARE), ('/messaging/index.json', 404, BARE), ('/default/index.xml', 404, BARE),
    ('/messaging/_TEST', 404, BARE)])
def test_a_page_an_error_json_and_a_sentence_have_their_policy(ann, address, status, expected):
    answer = ann.get(address, status)
    assert policy(answer) == expected
    assert (answer.content_type == 'text/plain') == (expected is BARE)


@pytest.mark.parametrize(('kind', 'size', 'status'), [
    ('text/plain', 1, 415), ('multipart/form-data', 1, 400), ('text/plain', 3_000_000, 413)])
def test_what_is_refused_before_there_is_a_page_has_it(ann, kind, size, status):
    answer = ann.app.post('/messenger/messaging/send_message', b'x' * size, {'Content-Type': kind}, expect_errors=True)
    assert answer.status_int == status and policy(answer) == BARE and answer.content_type == 'text/plain'


def test_so_has_where_somebody_is_sent_to_log_in_and_what_a_stranger_gets(site):
    stranger = site.visitor()
    assert policy(stranger.follow(stranger.get('/messaging/index', 303))) == PAGE
    assert policy(stranger.get('/messaging/stream', 403)) == BARE
    assert policy(stranger.get('/messaging/updates.json?since=0', 401)) == PAGE


def test_so_has_who_is_told_to_wait(site, ann, bob, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_BURST', '1')
    monkeypatch.setenv('MESSENGER_REALTIME_SENDS_PER_SECOND', '0.01')
    monkeypatch.setenv('MESSENGER_AUTH_ATTEMPTS_PER_MINUTE', '1')
    ann.send(bob.id, 'x')
    assert policy(ann._checked(ann.send(bob.id, 'y'), 429)) == PAGE
    assert policy(ann.post_json({'receiver': bob.id, 'content': 'z'}, 429)) == PAGE
    stranger = site.visitor()
    form = stranger.get('/default/user/login').forms[0]
    stranger.post('/default/user/login', dict(form.submit_fields()))
    assert policy(stranger.post('/default/user/login', dict(form.submit_fields()), 429)) == PAGE


def test_so_has_a_site_that_is_busy_or_not_yet_set_up(site, ann, bob, monkeypatch):
    with monkeypatch.context() as patch, turnstile(site.db):
        patch.setattr(sequence, 'turnstile', lambda db: turnstile(db, 0.05))
        assert policy(ann._checked(ann.send(bob.id, 'x'), 503)) == PAGE
        assert policy(ann.post_json({'receiver': bob.id, 'content': 'x'}, 503)) == PAGE
    monkeypatch.setenv('MESSENGER_DB_MIGRATE', '<maybe>')
    answer = ann.get('/default/index', 503)
    assert policy(answer) == BARE and answer.content_type == 'text/plain' and answer.headers['Retry-After'] == '5'


def test_appadmin_is_web2pys_own_and_has_scripts_in_its_pages(site):
    assert 'Content-Security-Policy' not in site.visitor().get('/appadmin/index', 303).headers
