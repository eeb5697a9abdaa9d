"""A mail server that the site uses."""
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
