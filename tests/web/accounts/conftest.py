"""A mail server that the site uses."""
import pytest
from mail_server import MailServer


@pytest.fixture
def mail_server(monkeypatch):
    server = MailServer()
    for name, value in (('SERVER', server.address), ('SENDER', 'site@example.com'), ('TLS', 'false')):
        monkeypatch.setenv('MESSENGER_SMTP_' + name, value)
    yield server
    server.close()
