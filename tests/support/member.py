"""Somebody who uses the site over plain HTTP, by its own forms and addresses."""
import html
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = 'a long test password'
PATIENCE = 60


class Member:
    """Somebody with a browser's cookies and nothing else of a browser."""

    id, patience = None, PATIENCE

    def __init__(self, stack, first, last, email, password):
        self.stack, self.name, self.email, self.password = stack, '%s %s' % (first, last), email, password
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    @property
    def session_id(self):
        """What the session cookie holds, or None."""
        return next((cookie.value for cookie in self.cookies if cookie.name == 'session_id_messenger'), None)

    @property
    def cookie(self):
        """The Cookie header that a socket is opened with."""
        return '; '.join('%s=%s' % (cookie.name, cookie.value) for cookie in self.cookies)

    def get(self, path):
        """Return the text of a page."""
        return self._open(urllib.request.Request(self.stack.url + path))[1]

    def submit(self, path, **fields):
        """Fill in the form on a page and send it; return the page that follows."""
        return self.post(path, **dict(hidden_fields(self.get(path)), **fields))

    def post(self, path, **fields):
        """Send a form's fields; return the page that follows."""
        return self._open(urllib.request.Request(self.stack.url + path, urllib.parse.urlencode(fields).encode()))[1]

    def send(self, receiver, content):
        """Send a message by the form of the inbox."""
        page = self.submit('/messenger/messaging/send_message', receiver=str(receiver), content=content)
        assert 'Message sent successfully!' in page, page + self.stack.logs()

    def log_in(self):
        return self.submit('/messenger/default/user/login', email=self.email, password=self.password)

    def log_out(self):
        return self.submit('/messenger/default/user/logout')

    def ask(self, path, frame=None):
        """Return (status, JSON) of an address that speaks it; with a frame, post that."""
        headers = {'Content-Type': 'application/json', 'Origin': self.stack.origin} if frame else {}
        body = json.dumps(frame).encode() if frame else None
        status, text = self._open(urllib.request.Request(self.stack.url + path, body, headers))
        return status, json.loads(text)

    def _open(self, request):
        try:
            with self._opener.open(request, timeout=self.patience) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def hidden_fields(page):
    """Return what the last form on a page holds without anybody having filled it in."""
    form = page[page.rfind('<form'):]
    inputs = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r'<input\b[^>]*>', form)]
    return {one['name']: html.unescape(one.get('value', '')) for one in inputs if one.get('type') == 'hidden' and 'name' in one}
