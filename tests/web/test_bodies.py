"""What is posted that is no form: an answer, never a ticket."""
import pytest


@pytest.mark.parametrize(('kind', 'body', 'status'), [
    ('text/plain', b'receiver=2&content=x', 415), ('', b'x', 415), ('application/octet-stream', b'\x00', 415),
    ('multipart/form-data', b'x', 400), ('multipart/form-data; boundary=', b'x', 400), ('multipart/form-data; boundary=\xff', b'x', 400)])
@pytest.mark.parametrize('path', ['/messaging/send_message', '/messaging/chat', '/default/user/login'])
def test_what_is_no_form_is_refused(site, ann, path, kind, body, status):
    for browser in (ann, site.visitor()):
        answer = browser.app.post('/messenger' + path, body, {'Content-Type': kind}, expect_errors=True)
        assert answer.status_int == status and not site.tickets()
    assert site.messages() == []
