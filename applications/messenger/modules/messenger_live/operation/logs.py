"""How the sidecar logs: a line for each event, as text or as JSON, and never what no log should hold.

Of our own faults the kind of the exception is said and the places in the code, not its text: databases put the row, or the
statement, that they refuse into theirs.
"""
import json
import logging
import logging.handlers
import queue
import time
from traceback import extract_tb


class Discreet(logging.Formatter):
    """One line of text."""

    def format(self, record):
        return super().format(record).replace('\n', ' | ')

    def formatException(self, exc_info):
        error, parts = exc_info[1], []
        while error is not None:
            places = ' > '.join('%s:%d %s' % (frame.filename.rpartition('/')[2], frame.lineno, frame.name)
                                for frame in extract_tb(error.__traceback__))
            parts.insert(0, '%s at %s' % (type(error).__name__, places) if places else type(error).__name__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return ', then '.join(parts)


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
