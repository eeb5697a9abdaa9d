"""How the site shows itself, by its settings: logo, colours, and as what it is installed on a phone."""
import hashlib
import json

from messenger_core.shown import colours

SIZES = (('icon-192.png', '192x192', 'any'), ('icon-512.png', '512x512', 'any'), ('icon-maskable.png', '512x512', 'maskable'))


def version_of(text):
    """Return what changes in the address of a text when the text does."""
    return hashlib.sha256(text.encode('utf-8')).hexdigest()[:12]


def _manifest():
    start = URL('messaging', 'chat', extension=False)     # else it would be that of the request
    root = start[:-len('messaging/chat')]
    icons = [dict(src=URL('static', 'images/' + name), sizes=sizes, type='image/png', purpose=purpose) for name, sizes, purpose in SIZES]
    return dict(
        id=root, name=settings.app.name, start_url=start, scope=root, display='standalone', background_color=colours.PAPER,
        theme_color=colours.light_palette(settings.app.accent or colours.ACCENT).accent,
        icons=[dict(src=URL('static', 'images/icon.svg'), sizes='any', type='image/svg+xml'), *icons])


def _made(function, extension, text):
    return URL('default', function, extension=extension, vars=dict(v=version_of(text)))


# What a page asks for again and again has no looks.
if request.extension != 'json':
    brand_sheet = colours.stylesheet(settings.app.accent) if settings.app.accent else ''
    manifest_text = json.dumps(_manifest(), ensure_ascii=False)
    response.logo = settings.app.logo and IMG(
        _src=settings.app.logo if settings.app.logo.startswith('/') else URL('static', settings.app.logo), _alt='', _class='header__logo')
    response.look = dict(
        brand=brand_sheet and _made('brand', 'css', brand_sheet), manifest=_made('manifest', 'webmanifest', manifest_text),
        light=colours.SHEET, dark=colours.DARK_SHEET)
