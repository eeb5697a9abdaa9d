"""Demo members: they may log in where nobody but this machine can reach the site, and nowhere else."""
from types import SimpleNamespace

import pytest

REFUSAL = 'Demo members can log in only on the machine that the site runs on.'


@pytest.fixture
def listening(gluon, monkeypatch):
    """A function that says on which addresses web2py's server listens."""
    def listen(ip, *interfaces):
        options = SimpleNamespace(ip=ip, interfaces=list(interfaces))
        monkeypatch.setattr(gluon.settings.global_settings, 'cmd_options', options, raising=False)
    return listen


@pytest.mark.parametrize('ip', ['127.0.0.1', '::1', '127.0.0.5'])
def test_demo_members_log_in_on_loopback(site, listening, ip):
    listening(ip)
    site.member('Ann', email='ann@demo.invalid')
    assert 'Inbox' in site.visitor().log_in('ann@demo.invalid')


@pytest.mark.parametrize(('ip', 'interfaces', 'changes'), [
    ('0.0.0.0', [], {}),
    ('::', [], {}),
    ('127.0.0.1', [('0.0.0.0', 8000)], {}),
    ('127.0.0.1', [('127.0.0.1', 8000), ('10.0.0.1', 8000)], {}),
    ('127.0.0.1', [], {'REMOTE_ADDR': '203.0.113.9'}),
    ('127.0.0.1', [], {'HTTP_X_FORWARDED_FOR': '203.0.113.9'}),
    ('127.0.0.1', [], {'HTTP_HOST': 'chat.example'}),
    ('127.0.0.1', [], {'HTTP_HOST': '127.0.0.1.evil.example:8000'}),
])
def test_demo_members_do_not_log_in_elsewhere(site, listening, ip, interfaces, changes):
    listening(ip, *interfaces)
    site.member('Ann', email='ann@demo.invalid')
    visitor = site.visitor(**changes)
    form = visitor.get('/default/user/login').forms[0]
    form['email'], form['password'] = 'ann@demo.invalid', 'a long enough password'
    assert REFUSAL in form.submit(status=200)
    assert visitor.get('/messaging/index', status=303)


def test_under_a_server_that_does_not_say_where_it_listens_they_stay_out(site, monkeypatch, gluon):
    monkeypatch.setattr(gluon.settings.global_settings, 'cmd_options', None, raising=False)
    site.member('Ann', email='ann@demo.invalid')
    form = site.visitor().get('/default/user/login').forms[0]
    form['email'], form['password'] = 'ann@demo.invalid', 'a long enough password'
    assert REFUSAL in form.submit(status=200)


def test_their_sessions_end_when_the_site_is_opened_to_others(site, listening):
    listening('127.0.0.1')
    ann = site.log_in('Ann', email='ann@demo.invalid')
    listening('0.0.0.0')
    ann.get('/messaging/updates.json?since=0', status=403)
    assert REFUSAL in ann.follow(ann.get('/messaging/index', status=303))
    listening('127.0.0.1')
    assert ann.get('/messaging/index', status=303)


def test_other_members_log_in_wherever_the_site_listens(site, listening):
    listening('0.0.0.0')
    site.member('Ann')
    assert 'Inbox' in site.visitor(REMOTE_ADDR='203.0.113.9').log_in('ann@example.com')
