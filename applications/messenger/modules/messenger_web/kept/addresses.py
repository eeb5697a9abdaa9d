"""Addresses of pages, as web2py's URL() makes them, kept: a page has dozens, nearly all of them the same ones each time."""
from gluon import current, html, rewrite

MOST, LONGEST = 10_000, 200     # addresses; characters of what somebody may have made up
_kept = {}      # {what was asked for, and where: (the routes by which it was made, address)}


def URL(*parts, args=None, vars=None, anchor='', extension=None, **others):
    """Return what web2py's own returns; it takes the same arguments."""
    request, routes = current.request, rewrite.THREAD_LOCAL.routes
    theirs = '%s %s %s' % (list(args) if isinstance(args, (list, tuple)) else args, vars, request.env.http_host)
    if others or len(theirs) > LONGEST:
        return html.URL(*parts, args=args, vars=vars, anchor=anchor, extension=extension, **others)
    asked = (parts, theirs, anchor, extension, request.application, request.controller, request.function, request.extension,
             request.uri_language, current.response.static_version)
    made_by, address = _kept.get(asked, (None, None))
    if made_by is not routes:
        address = html.URL(*parts, args=args, vars=vars, anchor=anchor, extension=extension)
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[asked] = routes, address
    return address
