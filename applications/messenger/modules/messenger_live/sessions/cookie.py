"""web2py's sessions in the cookie itself (`session.connect(..., cookie_key=...)`): signed, encrypted, and nowhere on the server.

Nothing here can know that somebody has logged out: of the cookie there are copies. The feed does (workers/reading), of a logout here
and as long as events are kept. And a socket lives a while on its word and then has to come again with the cookie of that time.
"""
from __future__ import annotations

import binascii
import hashlib
import hmac
import zlib
from base64 import urlsafe_b64decode
from datetime import datetime

from messenger_core.errors import SettingsError

from .pickle import Unreadable
from .session import MAXIMUM_BYTES, SEALED, Session, judge, login_in

try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
except ImportError as error:
    raise SettingsError('Sessions in cookies ([session] store = cookie) need the package cryptography: '
                        'pip install --require-hashes -r requirements-cookies.txt') from error

KEY_BYTES, BLOCK_BYTES = 32, 16


class CookieSessions:
    """`cookie_key` and `compression_level` as in web2py's session.connect()."""

    def __init__(self, application: str, cookie_key: str, compression_level: int = 0, socket_seconds: float = 900):
        self.cookie_name = f'session_data_{application.lower()}'
        self.socket_seconds = socket_seconds
        key = cookie_key.encode()
        self._signing_key = hashlib.sha256(key).digest()
        self._cipher = algorithms.AES(_padded(key)[:KEY_BYTES])
        self._is_compressed = compression_level > 0

    def check(self) -> None:
        """Nothing can be amiss."""

    def admits(self, value: str | None, client: str) -> bool:
        return True

    def resolve(self, value: str | None, now: datetime) -> Session | None:
        """Return the login in the cookie's value, None when there is none."""
        found = SEALED.fullmatch(value or '')
        if not found or not hmac.compare_digest(found[1], hmac.new(self._signing_key, found[2].encode(), hashlib.sha256).hexdigest()):
            return None
        try:
            login = login_in(self._decrypted(urlsafe_b64decode(found[2])))
        except (Unreadable, ValueError, binascii.Error, zlib.error):
            return None
        # The value changes with each page; the key that a login gets stays. It names the session for who logs out, too.
        return judge(login, login.key, now) if login and login.key else None

    def _decrypted(self, data):
        decryptor = Cipher(self._cipher, modes.CBC(data[:BLOCK_BYTES])).decryptor()
        data = decryptor.update(data[BLOCK_BYTES:]) + decryptor.finalize()
        data = data[:-data[-1]] if data else data
        return zlib.decompressobj().decompress(data, MAXIMUM_BYTES) if self._is_compressed else data


def _padded(data):
    count = KEY_BYTES - len(data) % KEY_BYTES
    return data + bytes([count]) * count
