"""What somebody has chosen for this browser, whoever is logged in in it: how pages look and speak, which key sends.

It lies in a cookie. Whatever that holds, nothing but the choices written down here comes out of it and into a page.
"""
from gluon.storage import Storage

DEVICE_COOKIE = 'messenger_device'
DEVICE_SECONDS = 365 * 24 * 3600
RIGHT_TO_LEFT = ('ar', 'fa', 'he', 'ur')

# Those with a file in languages/, by the names their speakers have for them. What the site adds there can be chosen, too.
languages = {code: info[1] for code, info in sorted(T.get_possible_languages_info().items()) if code != 'default'}
# The first of each is what everybody gets who has chosen nothing.
DEVICE_CHOICES = {
    'theme': ['system', 'light', 'dark'], 'text_size': ['normal', 'large', 'larger'], 'enter': ['usual', 'sends', 'breaks'],
    'sound': ['off', 'on'], 'shortcuts': ['on', 'off'], 'language': ['browser', *languages]}


def keep_device(chosen):
    """Have the browser keep these choices for a year, and speak its language from here on."""
    response.cookies[DEVICE_COOKIE] = '.'.join('%s:%s' % (name, chosen[name]) for name in DEVICE_CHOICES)
    response.cookies[DEVICE_COOKIE].update({
        'path': '/', 'max-age': DEVICE_SECONDS, 'samesite': 'Lax', 'httponly': True, 'secure': request.is_https})
    _speak(chosen['language'])


def _chosen(cookie):
    pairs = dict(part.split(':', 1) for part in cookie.value.split('.') if ':' in part) if cookie else {}
    return Storage({name: pairs[name] if pairs.get(name) in choices else choices[0] for name, choices in DEVICE_CHOICES.items()})


def _speak(language):
    T.force('%s,en' % ((request.env.http_accept_language or '') if language == 'browser' else language))


device = _chosen(request.cookies.get(DEVICE_COOKIE))
_speak(device.language)
device.direction = 'rtl' if (T.accepted_language or '')[:2] in RIGHT_TO_LEFT else 'ltr'
