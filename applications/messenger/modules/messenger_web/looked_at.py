"""Whether a page that is asked for is seen by somebody: what it shows is read then. Where scripts run they tell that, of what was in sight.

Must not live here: what is marked.
"""
from gluon import current

from .asked import is_post
from .kept.addresses import URL

SCRIPT_COOKIE, SCRIPT_OFF = 'messenger_js', 'noscript'


def is_looked_at():
    """Whether somebody sees the page now, as far as its request can say. It can't where scripts run: those tell what is read."""
    env = current.request.env
    is_fetched = env.request_method == 'HEAD' or (env.http_x_requested_with or '').lower() == 'xmlhttprequest'
    is_navigation = (env.http_sec_fetch_dest or 'document') == 'document' and (env.http_sec_fetch_mode or 'navigate') == 'navigate'
    is_ahead = any('prefetch' in (asked or '') for asked in (env.http_sec_purpose, env.http_purpose, env.http_x_moz))
    return is_navigation and not is_fetched and not is_ahead and not _has_script()


def _has_script():
    """Whether scripts run in the browser: js/browser/scripted.js has told it by a cookie, and the address doesn't say otherwise."""
    return SCRIPT_COOKIE in current.request.cookies and current.request.get_vars[SCRIPT_OFF] is None


def without_script(anchor):
    """Return the address where a page is asked for once more if scripts don't run in its browser any more; there that is forgotten.

    The cookie could last for an hour only, but tabs that a browser opens again after days are looked at no more than others.
    """
    request, cookies = current.request, current.response.cookies
    if _has_script():
        # What was posted would be lost.
        return None if is_post() else URL(args=request.args, vars={**request.get_vars, SCRIPT_OFF: '1'}, anchor=anchor)
    if SCRIPT_COOKIE in request.cookies:
        cookies[SCRIPT_COOKIE] = ''
        cookies[SCRIPT_COOKIE].update({'path': '/', 'max-age': 0})
    return None
