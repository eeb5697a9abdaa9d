"""How a request ends that gets no page: with a status and a sentence. Pages that say why not are for stop(), in forms.py."""
import logging

from messenger_core.errors import Refused, SchemaError, SettingsError

# What every answer of ours says; pages add a policy of their own, see headers.py.
SAFE_HEADERS = {'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'same-origin'}
# There is nothing in such an answer that could want anything from anywhere.
BARE_HEADERS = dict(SAFE_HEADERS, **{
    'Content-Type': 'text/plain; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'"})


def refuse(status, sentence, **headers):
    """End the request with a sentence."""
    raise HTTP(status, str(sentence), **dict(BARE_HEADERS, **{name.replace('_', '-'): value for name, value in headers.items()}))


def or_later(step, *arguments):
    """Return what a step of the set-up returns. When the site isn't ready for it, whoever asks for a page is told to come back."""
    try:
        return step(*arguments)
    except (SettingsError, SchemaError, Refused) as error:
        if request.is_shell:
            raise
        sentence = getattr(error, 'message', str(error))
        logging.getLogger('web2py.app.messenger').error('%s', sentence)
        if not request.is_local:
            sentence = 'This site is being set up. Please come back in a moment.'
        refuse(503, sentence, Retry_After='5')
