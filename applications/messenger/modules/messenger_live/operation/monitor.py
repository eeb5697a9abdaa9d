"""What an operator asks, on a loopback listener of its own: /health says what is wrong, /metrics what was counted.

A port of its own, because a proxy that passes on whatever comes would show the other one's answers to everybody.
"""
import json

from gevent.pywsgi import WSGIServer

from . import metrics


class Monitor(WSGIServer):
    """pywsgi behind a listening socket; `health()` returns a dict with `ready` in it."""

    def __init__(self, listener, health):
        # Without a SERVER_NAME it asks the name service for one.
        super().__init__(listener, application=self._answer, log=None, error_log=None, environ={'SERVER_NAME': 'messenger'})
        self._health = health

    def _answer(self, environ, start_response):
        if environ['REQUEST_METHOD'] not in ('GET', 'HEAD'):
            return _respond(start_response, '405 Method Not Allowed', b'Only GET.\n', 'text/plain', ('Allow', 'GET, HEAD'))
        if environ['PATH_INFO'] == '/metrics':
            return _respond(start_response, '200 OK', *metrics.text())
        if environ['PATH_INFO'] == '/health':
            health = self._health()
            status = '200 OK' if health['ready'] else '503 Service Unavailable'
            return _respond(start_response, status, json.dumps(health).encode(), 'application/json')
        return _respond(start_response, '404 Not Found', b'There are /health and /metrics here.\n', 'text/plain')


def _respond(start_response, status, body, kind, *headers):
    start_response(status, [('Content-Type', kind), ('Content-Length', str(len(body))), ('Cache-Control', 'no-store'), *headers])
    return [body]
