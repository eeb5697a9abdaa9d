"""Sentences that change with a number, and those that scripts choose from. Which language is spoken is decided in device.py."""
import json

from gluon import current
from messenger_core.errors import SENTENCES
from messenger_core.shown import plurals as plural_forms

# Why a message can be refused; the other codes are for who writes clients.
REFUSALS = ('bad_text', 'too_long', 'blocked', 'forbidden', 'no_such_user', 'not_found', 'conflict', 'rate', 'busy')


def counted(sentence, count, **others):
    """Return a sentence with %(count)s in the form for that number; languages/*.py have each form as 'sentence##form'."""
    T = current.T
    return T('%s##%s' % (sentence, plural_forms.of(T.accepted_language, count)), dict(others, count=count))


def plurals(sentence):
    """Return all forms of such a sentence as JSON, for a script to choose from: see static/js/shown/plural.js."""
    T = current.T
    return json.dumps({form: str(T('%s##%s' % (sentence, form))) for form in plural_forms.forms(T.accepted_language)}, ensure_ascii=False)


def refusals():
    """Return why a message can be refused, as JSON by code, for scripts: the wire says it in English."""
    T = current.T
    return json.dumps({code: str(T(SENTENCES[code])) for code in REFUSALS}, ensure_ascii=False)
