"""How the site shows itself: which release of the static files and, by its settings, logo, colours, and as what phones install it."""
import hashlib
import json
import os
from time import monotonic

from gluon import IMG, current
from messenger_core.shown import colours

from .kept.addresses import URL

SIZES = (('icon-192.png', '192x192', 'any'), ('icon-512.png', '512x512', 'any'), ('icon-maskable.png', '512x512', 'maskable'))
KNOWN_SECONDS = 1   # looking at each file takes a page as long as some of its queries
_known = {}     # of release(): {folder: (until when, what was found)}


def release():
    """Return (version of the static files, whether pages take them packed), as they were a moment ago at the most."""
    folder, now = current.request.folder, monotonic()
    until, found = _known.get(folder, (0, None))
    if now >= until:
        found = _found()
        _known[folder] = now + KNOWN_SECONDS, found
    return found


def _found():
    changed = max(_newest('css'), _newest('js'))
    # Part of the files' address, so that browsers may keep them and still get every new one.
    version = '0.1.%d' % (max(changed, _newest('images')) // 10**9)
    # What deploy/pack.py has made of them is as old as the newest of them, or it is made of others.
    return version, _newest('packed') == changed


def _newest(name):
    """When a static file in that folder, or below it, was last changed, in nanoseconds."""
    return max((os.stat(os.path.join(folder, file)).st_mtime_ns
                for folder, _, files in os.walk(os.path.join(current.request.folder, 'static', name)) for file in files), default=0)


def logo():
    """Return the image beside the site's name, if it has one."""
    place = current.settings.app.logo
    return place and IMG(_src=place if place.startswith('/') else URL('static', place), _alt='', _class='header__logo')


def links():
    """Return what look.html puts into a page: addresses of the sheet and the manifest, and the colours of the browser's own bars."""
    sheet = brand_sheet()
    return dict(
        brand=sheet and _made('brand', 'css', sheet), manifest=_made('manifest', 'webmanifest', manifest_text()),
        light=colours.SHEET, dark=colours.DARK_SHEET)


def brand_sheet():
    """Return the style sheet with the site's own accent, or nothing."""
    accent = current.settings.app.accent
    return colours.stylesheet(accent) if accent else ''


def manifest_text():
    """Return as what phones install the site, as JSON."""
    return json.dumps(_manifest(), ensure_ascii=False)


def version_of(text):
    """Return what changes in the address of a text when the text does."""
    return hashlib.sha256(text.encode('utf-8')).hexdigest()[:12]


def _manifest():
    app = current.settings.app
    start = URL('messaging', 'chat', extension=False)     # else it would be that of the request
    root = start[:-len('messaging/chat')]
    icons = [dict(src=URL('static', 'images/' + name), sizes=sizes, type='image/png', purpose=purpose) for name, sizes, purpose in SIZES]
    return dict(
        id=root, name=app.name, start_url=start, scope=root, display='standalone', background_color=colours.PAPER,
        theme_color=colours.light_palette(app.accent or colours.ACCENT).accent,
        icons=[dict(src=URL('static', 'images/icon.svg'), sizes='any', type='image/svg+xml'), *icons])


def _made(function, extension, text):
    return URL('default', function, extension=extension, vars=dict(v=version_of(text)))
