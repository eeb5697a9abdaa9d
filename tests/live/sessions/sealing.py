"""Sessions in cookies, as web2py seals them."""
import base64
import hashlib
import hmac
import pickle
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SECRET = 'a secret of the site'


def sealed(content, compression_level=0, key=SECRET):
    """What web2py would put into the cookie."""
    data = content if isinstance(content, bytes) else pickle.dumps(content)
    data = zlib.compress(data, compression_level) if compression_level else data
    iv, secret = bytes(range(16)), _padded(key.encode())[:32]
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    return signed(base64.urlsafe_b64encode(iv + encryptor.update(_padded(data)) + encryptor.finalize()), key)


def signed(text, key=SECRET):
    return 'hmac256:%s:%s' % (hmac.new(hashlib.sha256(key.encode()).digest(), text, hashlib.sha256).hexdigest(), text.decode())


def _padded(data):
    return data + bytes([32 - len(data) % 32]) * (32 - len(data) % 32)
