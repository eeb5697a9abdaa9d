"""What browsers are told with every answer of ours: whence a page may take what, and who may show it in a frame."""
import re

HOST = re.compile(r'(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?', re.ASCII)


def _sockets():
    """Return where this page may open a socket: as address.js finds it."""
    if settings.realtime.url:
        return re.match('[^/]*//[^/?#;, ]*|', settings.realtime.url)[0]
    host = request.env.http_host or ''
    name = re.sub(':[0-9]+$', '', host) if HOST.fullmatch(host) else ''
    return '%s://%s:%d' % ('wss' if request.is_https else 'ws', name, settings.realtime.port) if name else ''


def _policy():
    """Return the Content-Security-Policy: nothing but what lies on this site, no inline script or style, the socket."""
    return '; '.join([
        "default-src 'self'", ' '.join(filter(None, ["connect-src 'self'", _sockets()])), "base-uri 'none'", "form-action 'self'",
        "frame-ancestors 'none'", "object-src 'none'"])


# appadmin is web2py's own, with scripts and styles in its pages.
security_headers = dict(SAFE_HEADERS)
if request.controller != 'appadmin':
    security_headers['Content-Security-Policy'] = _policy()
response.headers.update(security_headers)
