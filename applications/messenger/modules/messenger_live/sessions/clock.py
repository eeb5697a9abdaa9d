"""Whether this process and web2py mean the same by "ten o'clock": web2py writes local times without their zone into its sessions.

A file says both when it was written, by the clock of the machine, and what web2py's clock showed then.
"""
from __future__ import annotations

import heapq
import os
import stat
from datetime import datetime

from .pickle import Unreadable, read
from .session import MAXIMUM_BYTES, StoreUnavailable, part

LOOKED_AT = 50
# web2py moves last_visit when a tenth of the session's length has passed. Longer ones say too little.
LONGEST_EXPIRATION = 30_000
SLACK_SECONDS = 60
# Zones differ by whole quarters of an hour, by 26 hours at most.
STEP_SECONDS, FARTHEST_SECONDS = 900, 26 * 3600
# A login is written at once: a file so close to a whole step can hardly be anything else.
FRESH_SECONDS = 10


def check_time_zone(folder: str) -> None:
    """Raise StoreUnavailable, with a sentence for the operator, when the newest sessions were written in another zone than ours.

    Without sessions there is nothing to compare. One that fits is enough: others may have been copied here.
    """
    strange = None
    for written, last_visit, expiration in filter(None, map(_login, _newest(folder))):
        lag = (datetime.fromtimestamp(written) - last_visit).total_seconds()
        if -SLACK_SECONDS <= lag <= expiration / 10 + SLACK_SECONDS:
            return
        if abs(lag) <= FARTHEST_SECONDS and (lag + 1) % STEP_SECONDS <= FRESH_SECONDS:
            strange = strange or (datetime.fromtimestamp(written), last_visit)
    if strange:
        raise StoreUnavailable(
            'web2py works in another time zone than the sidecar: it wrote %s into a session when it was %s here. Give both the same TZ '
            '(or, if the sessions in %s were only copied there, remove them).' % (
                *(moment.strftime('%H:%M:%S') for moment in reversed(strange)), folder))


def _newest(folder):
    """Return the paths of the files changed last."""
    paths = (os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return [path for _, path in heapq.nlargest(LOOKED_AT, ((_changed(path), path) for path in paths))]


def _changed(path):
    try:
        return os.lstat(path).st_mtime
    except OSError:     # gone meanwhile
        return 0


def _login(path):
    """Return (when it was written, last_visit, expiration) of a file that holds a login, else None."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_BYTES:
            return None
        with open(path, 'rb') as file:
            auth = part(read(file.read()), 'auth')
    except (OSError, Unreadable):
        return None
    last_visit, expiration = part(auth, 'last_visit'), part(auth, 'expiration')
    if type(last_visit) is not datetime or type(expiration) is not int or not 0 < expiration <= LONGEST_EXPIRATION:
        return None
    return status.st_mtime, last_visit, expiration
