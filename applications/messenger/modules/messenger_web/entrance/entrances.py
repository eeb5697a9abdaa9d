"""Every entrance of the application: what is asked for exists if it stands here, whoever asks, and however.

Web2py finds an action by its name alone, takes any method and extension for it, and runs its own test page under any controller.
Must not live here: who is let in (gate.py), what it may cost (allowed.py), how a body is read (bodies.py).
"""
import logging
from collections import namedtuple
from time import monotonic

from gluon import current
from messenger_live import allowances
from messenger_live.wire import requests

from ..answers import refuse

ANYBODY, MEMBER, ADMINISTRATOR = 'anybody', 'member', 'administrator'
# What of a body is read, see bodies.py: the short form of an account; a form with texts of messages, read though its author's session has
# ended; JSON, which its action decodes; a form that may have files.
NOTHING, ACCOUNT_FORM, MESSAGE_FORM, COMMAND, IMPORT = 'nothing', 'account', 'message', 'command', 'import'
# Which allowance of a member pays: a script that asks too often must not keep its member from their pages. Guests have one, see allowed.py.
PAGES, QUESTIONS = 'pages', 'questions'
HTML, JSON = ('html',), ('json',)
READ, POST = ('GET', 'HEAD'), ('POST',)
refusals = allowances.Sparing(logging.getLogger('web2py.app.messenger'))

Entrance = namedtuple('Entrance', 'who takes extensions costs methods', defaults=(ANYBODY, NOTHING, HTML, PAGES, READ))

ASKED = Entrance(MEMBER, NOTHING, JSON, QUESTIONS)
POSTED = Entrance(MEMBER, MESSAGE_FORM, methods=READ + POST)
ENTRANCES = {
    'default': {
        'index': Entrance(), 'administrator': Entrance(),
        'brand': Entrance(extensions=('css',)), 'manifest': Entrance(extensions=('webmanifest',)),
        'user': Entrance(ANYBODY, ACCOUNT_FORM, methods=READ + POST), 'account': Entrance(MEMBER, ACCOUNT_FORM, methods=READ + POST),
        'address': Entrance(MEMBER, ACCOUNT_FORM, methods=READ + POST)},
    'messaging': {
        'index': Entrance(MEMBER), 'send_message': POSTED, 'chat': POSTED, 'stream': Entrance(),
        # A guest who asks for a mark is sent to log in, and only a member is told that it is posted.
        'mark': POSTED, 'mark_letters': POSTED, 'search': ASKED._replace(extensions=HTML + JSON),
        'updates': ASKED, 'history': ASKED, 'conversations': ASKED, 'active': ASKED,
        # It refuses other methods itself: with an `error`, as the wire has it.
        'command': Entrance(MEMBER, COMMAND, JSON, QUESTIONS, (*READ, 'POST', 'PUT', 'DELETE'))},
    'appadmin': dict.fromkeys(
        ('index', 'insert', 'select', 'update', 'download', 'csv', 'state', 'ccache', 'hooks'),
        Entrance(ADMINISTRATOR, IMPORT, methods=READ + POST)),
}


def asked_for():
    """Return the Entrance that a request asks for; what isn't there, or not by this method, ends with a sentence."""
    request = current.request
    entrance = ENTRANCES.get(request.controller, {}).get(request.function)
    if not entrance or request.extension not in entrance.extensions:
        _refuse(404, 'There is no such page.')
    if (request.env.request_method or 'GET') not in entrance.methods:   # a shell has none
        _refuse(405, 'This page is asked for by %s only.' % ' or '.join(entrance.methods), Allow=', '.join(entrance.methods))
    return entrance


def _refuse(status, sentence, **headers):
    if status != 404:   # there are too many who try what other programs have
        env = current.request.env
        refusals.say(monotonic(), 'refused: %d %s: %s', status, requests.named(env.request_method or '', env.path_info or ''), sentence)
    current.session.forget(current.response)    # before the settings nobody knows which session is meant, or how its cookie is sealed
    current.response.cookies.clear()
    refuse(status, sentence, **headers)
