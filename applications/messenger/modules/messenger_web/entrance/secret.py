"""The secret of this install, and what is signed with it: what a browser hands back, and nobody but this site may have made.

It lies in private/messenger.key and is made when it is first needed. Must not live here: what is signed.
"""
import base64
import contextlib
import functools
import hashlib
import hmac
import os
import re
import secrets
import time

from gluon import current
from messenger_core.errors import SettingsError

FILE = 'messenger.key'
KEY = re.compile('[0-9a-f]{64}')


def key():
    """Return the secret, bytes; raises SettingsError where it can neither be read nor made."""
    return _key(os.path.join(current.request.folder, 'private', FILE))


def signature(purpose, text):
    """Return what shows that this site has written `text` for this purpose."""
    return hmac.new(key(), ('%s\0%s' % (purpose, text)).encode(), hashlib.sha256).hexdigest()


def is_signed(purpose, text, signed):
    """Whether `signed`, which may be anything, is the signature of `text`."""
    return hmac.compare_digest(signature(purpose, text).encode(), str(signed).encode('utf-8', 'replace'))


def sealed(purpose, text):
    """Return the text, readable, with the time and a signature, in letters that a cookie takes."""
    body = '%x.%s' % (now(), base64.urlsafe_b64encode(text.encode('utf-8', 'replace')).decode())
    return '%s.%s' % (body, signature(purpose, body))


def opened(purpose, seal, seconds):
    """Return the text that was sealed not longer than so many seconds ago, or None."""
    body, _, signed = str(seal).rpartition('.')
    if not body or not is_signed(purpose, body, signed):
        return None
    made, _, text = body.partition('.')
    return base64.urlsafe_b64decode(text).decode() if is_recent(made, seconds) else None


def now():
    """Return the time, in whole seconds."""
    return int(time.time())


def is_recent(made, seconds):
    """Whether a time, as hexadecimal digits that were signed, is not longer ago than that, nor ahead."""
    return 0 <= now() - int(made, 16) <= seconds


@functools.lru_cache(maxsize=8)
def _key(path):
    try:
        if not os.path.exists(path):
            _make(path)
        with open(path, encoding='ascii', errors='replace') as file:
            found = file.read(200).strip()
    except OSError as error:
        raise SettingsError('The file %s, the secret of this install, cannot be made or read (%s): let web2py write in that folder.' % (
            path, error.strerror)) from error
    if not KEY.fullmatch(found):
        raise SettingsError('The file %s, the secret of this install, is damaged: remove it, and a new one is made.' % path)
    return found.encode()


def _make(path):
    """Write a new one, and put it in place whole, unless another process has been quicker: nobody may read half of it, nor one of two."""
    fresh = '%s.%s' % (path, secrets.token_hex(8))
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w', encoding='ascii') as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh)
