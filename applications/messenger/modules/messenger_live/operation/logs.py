"""How the sidecar logs: a line for each event, as text or as JSON, and never what no log should hold.

Of our own faults the kind of the exception is said and the places in the code, not its text.
"""
import json
import logging
import logging.handlers
import queue
import time

from messenger_core.faults import traced


class Discreet(logging.Formatter):
    """One line of text."""

    def format(self, record):
        return super().format(record).replace('\n', ' | ')

    def formatException(self, exc_info):
        return traced(exc_info[1])


class Json(Discreet):
    """One JSON object, with the time in UTC."""

    def format(self, record):
        event = {'time': time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created)) + '.%03dZ' % record.msecs,
                 'level': record.levelname, 'logger': record.name, 'message': record.getMessage()}
        if record.exc_info:
            event['exception'] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


FORMATS = {'text': lambda: Discreet('%(asctime)s %(levelname)s %(name)s: %(message)s'), 'json': Json}


def start(kind):
    """Log to stderr through a thread of its own, so that a slow terminal never stops the loop; return what stops it."""
    lines = queue.SimpleQueue()
    stderr = logging.StreamHandler()
    listener = logging.handlers.QueueListener(lines, stderr)
    listener.start()
    collector = logging.handlers.QueueHandler(lines)
    collector.setFormatter(FORMATS[kind]())     # it is the collector that turns a record into text
    # What can't be said, without memory or onto a full disk, is not said. Python would print where it failed, and what was to be said.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.addHandler(collector)
    root.setLevel(logging.INFO)
    return listener.stop
