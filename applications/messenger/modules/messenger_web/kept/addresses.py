"""Addresses of pages, as web2py's URL() makes them, kept: a page has dozens, nearly all of them the same ones each time."""
from gluon import current, html, rewrite

MOST, LONGEST_QUERY = 10_000, 60
_kept = {}      # {what was asked for, and where: (the routes by which it was made, address)}


def URL(*parts, args=None, vars=None, anchor='', extension=None, **others):
    """Return what web2py's own returns; it takes the same arguments."""
    request, routes = current.request, rewrite.THREAD_LOCAL.routes
    query = str(vars) if vars else ''
    if others or len(query) > LONGEST_QUERY:
        return html.URL(*parts, args=args, vars=vars, anchor=anchor, extension=extension, **others)
    asked = (parts, tuple(args) if isinstance(args, list) else args, query, anchor, extension, request.application, request.controller,
             request.function, request.extension, request.env.http_host, request.uri_language, current.response.static_version)
    made_by, address = _kept.get(asked, (None, None))
    if made_by is not routes:
        address = html.URL(*parts, args=args, vars=vars, anchor=anchor, extension=extension)
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[asked] = routes, address
    return address
