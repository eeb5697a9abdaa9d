"""A mail server that the site uses, and other places for its sessions."""
import pytest
from machine.mail_server import MailServer


@pytest.fixture
def mail_server(monkeypatch):
    server = MailServer()
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://127.0.0.1:8000')
    for name, value in (('SERVER', server.address), ('SENDER', 'site@example.com'), ('TLS', 'false')):
        monkeypatch.setenv('MESSENGER_SMTP_' + name, value)
    yield server
    server.close()


@pytest.fixture
def choose(gluon, monkeypatch):
    """A function that makes settings, called section_key."""
    from gluon.settings import global_settings

    def choose(**chosen):
        for name, value in chosen.items():
            monkeypatch.setenv('MESSENGER_%s' % name.upper(), str(value))
    before = set(global_settings.db_sessions)
    yield choose
    global_settings.db_sessions = before    # what it has once found in a database it never looks for in a file again


@pytest.fixture
def in_redis(choose, redis_server):
    choose(session_store='redis', session_redis_url=redis_server.url)
    return redis_server
