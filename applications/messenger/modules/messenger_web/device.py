"""What somebody has chosen for this browser, whoever is logged in in it: how pages look and speak, which key sends.

It lies in a cookie. Whatever that holds, nothing but the choices written down here comes out of it and into a page.
"""
from gluon import current
from gluon.storage import Storage

DEVICE_COOKIE = 'messenger_device'
DEVICE_SECONDS = 365 * 24 * 3600
RIGHT_TO_LEFT = ('ar', 'fa', 'he', 'ur')


def languages():
    """Return {code: name} of all that have a file, by the names their speakers have for them. What the site adds can be chosen, too."""
    info = current.T.get_possible_languages_info()
    return {code: names[1] for code, names in sorted(info.items()) if code != 'default'}


def choices():
    """Return {name: values} of what can be chosen. The first of each is what everybody gets who has chosen nothing."""
    return {
        'theme': ['system', 'light', 'dark'], 'text_size': ['normal', 'large', 'larger'], 'enter': ['usual', 'sends', 'breaks'],
        'sound': ['off', 'on'], 'shortcuts': ['on', 'off'], 'language': ['browser', *languages()]}


def known():
    """Return what was chosen, with the `direction` of its language, which is spoken from here on."""
    device = _chosen(current.request.cookies.get(DEVICE_COOKIE))
    _speak(device.language)
    device.direction = 'rtl' if (current.T.accepted_language or '')[:2] in RIGHT_TO_LEFT else 'ltr'
    return device


def keep(chosen):
    """Have the browser keep these choices for a year, and speak its language from here on."""
    cookies = current.response.cookies
    cookies[DEVICE_COOKIE] = '.'.join('%s:%s' % (name, chosen[name]) for name in choices())
    cookies[DEVICE_COOKIE].update({'path': '/', 'max-age': DEVICE_SECONDS})
    _speak(chosen['language'])


def _chosen(cookie):
    pairs = dict(part.split(':', 1) for part in cookie.value.split('.') if ':' in part) if cookie else {}
    return Storage({name: pairs[name] if pairs.get(name) in values else values[0] for name, values in choices().items()})


def _speak(language):
    current.T.force('%s,en' % ((current.request.env.http_accept_language or '') if language == 'browser' else language))
