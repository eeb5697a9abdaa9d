"""Pages gzipped for browsers that take it: they are half of what a first view takes, and web2py's server packs nothing by itself.

What is packed together with a stranger's text tells an eavesdropper by its length whether the two are alike. So a random number of bytes
is added to each page, and the keys of its forms are new each time.
"""
import gzip
import io
import secrets

PADDING = 64


def _gzipped(page):
    accepted = (request.env.http_accept_encoding or '').replace(' ', '')
    if not isinstance(page, dict) or request.controller == 'appadmin' or 'gzip' not in accepted or 'gzip;q=0' in accepted:
        return page
    text, packed = response.render(page), io.BytesIO()
    with gzip.GzipFile(secrets.token_hex(secrets.randbelow(PADDING)), 'wb', fileobj=packed, mtime=0) as file:
        file.write(text.encode('utf-8') if isinstance(text, str) else text)
    response.headers.update({'Content-Encoding': 'gzip', 'Vary': 'Accept-Encoding'})
    return packed.getvalue()


response.postprocessing.append(_gzipped)
