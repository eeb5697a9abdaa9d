"""What browsers are told with every answer of ours: whence a page may take what, who may show it in a frame, and that it is gzipped.

Pages are half of what a first view takes, and web2py's server packs nothing by itself. What is packed together with a stranger's text
tells an eavesdropper by its length whether the two are alike. So a random number of bytes is added to each page, and the keys of its
forms are new each time.
"""
import gzip
import io
import re
import secrets

from gluon import current

from .answers import SAFE_HEADERS
from .entrance import reached
from .kept import views

PADDING = 64
LEVEL = 5   # of 9: a few bytes more, in half the time


def security_headers():
    """Return the headers that keep others out of this page."""
    # appadmin is web2py's own, with scripts and styles in its pages.
    return dict(SAFE_HEADERS) if current.request.controller == 'appadmin' else dict(SAFE_HEADERS, **{'Content-Security-Policy': _policy()})


def shown(page):
    """Return the text of a page, gzipped if the browser takes it; web2py calls this with whatever an action has returned."""
    request, response = current.request, current.response
    if not isinstance(page, dict) or request.controller == 'appadmin':
        return page
    text, accepted = views.shown(response.view, page), (request.env.http_accept_encoding or '').replace(' ', '')
    return text if 'gzip' not in accepted or 'gzip;q=0' in accepted else _gzipped(text)


def _gzipped(text):
    response, packed = current.response, io.BytesIO()
    with gzip.GzipFile(secrets.token_hex(secrets.randbelow(PADDING)), 'wb', LEVEL, packed, mtime=0) as file:
        file.write(text.encode('utf-8') if isinstance(text, str) else text)
    response.headers.update({'Content-Encoding': 'gzip', 'Vary': 'Accept-Encoding'})
    return packed.getvalue()


def _policy():
    """Return the Content-Security-Policy: nothing but what lies on this site, no inline script or style, the socket."""
    return '; '.join([
        "default-src 'self'", ' '.join(filter(None, ["connect-src 'self'", _sockets()])), "base-uri 'none'", "form-action 'self'",
        "frame-ancestors 'none'", "object-src 'none'"])


def _sockets():
    """Return where this page may open a socket: as address.js finds it."""
    realtime = current.settings.realtime
    if realtime.url:
        return re.match('[^/]*//[^/?#;, ]*|', realtime.url)[0]
    scheme = 'wss' if reached.is_https() else 'ws'
    return ' '.join('%s://%s:%d' % (scheme, re.sub(':[0-9]+$', '', host), realtime.port) for host in reached.hosts())
