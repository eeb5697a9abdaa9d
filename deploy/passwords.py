"""The random passwords of a trial install: made once, kept in secrets.ini with mode 0600, printed at each start, never logged."""

import configparser
import os
import secrets
import string

from layout import SECRETS

NAMES = ('ada', 'bob', 'appadmin')
# Without the letters and digits that look alike.
SIGNS = ''.join(sorted(set(string.ascii_letters + string.digits) - set('Il1O0o')))


def load():
    """The three passwords by name; what is missing is made and kept."""
    known = read()
    missing = [name for name in NAMES if name not in known]
    if missing:
        known.update((name, invent()) for name in missing)
        write(known)
    return known


def read():
    file = configparser.ConfigParser(interpolation=None)
    file.read(SECRETS)
    return dict(file['passwords']) if 'passwords' in file else {}


def invent():
    """Four groups of four, with each kind of sign, so that a site's rule for strong passwords accepts it too."""
    while True:
        password = '-'.join(''.join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(4))
        if any(map(str.isdigit, password)) and any(map(str.islower, password)) and any(map(str.isupper, password)):
            return password


def write(known):
    file = configparser.ConfigParser(interpolation=None)
    file['passwords'] = known
    unfinished = SECRETS.with_suffix('.new')
    unfinished.unlink(missing_ok=True)
    # Never readable by others, not even for the moment between opening and chmod.
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as stream:
        file.write(stream)
    os.replace(unfinished, SECRETS)
