"""The application's folder inside web2py: its code is links into this checkout, its data are its own.

A copy that somebody deployed there is used as it is, and is never changed.
"""

import configparser
import contextlib
import os
import shutil

from console import Trouble
from layout import PRIVATE_WEB2PY, ROOT
from pack import pack

APPLICATION = ROOT / 'applications' / 'messenger'
# modules first: it is what our links are told by, so a start that was cut off half-way is taken up again.
CODE = ('modules', 'models', 'controllers', 'views', 'static')
DATA = ('databases', 'sessions', 'private', 'errors', 'uploads', 'cache')


def prepare(web2py):
    """Returns whether the application there is this checkout's own (or else a site's copy)."""
    folder = web2py / 'applications' / 'messenger'
    if is_a_copy(folder):
        if not (folder / 'modules' / 'messenger_core').is_dir():
            raise Trouble(f"{folder} is there already, and isn't the messenger")
        return False
    folder.mkdir(exist_ok=True)
    for name in CODE:
        link(folder / name, APPLICATION / name, ours=web2py == PRIVATE_WEB2PY)
    for name in DATA:
        (folder / name).mkdir(exist_ok=True)
    copy_languages(folder / 'languages')
    try:
        pack(APPLICATION / 'static')
    except ValueError as error:
        raise Trouble(f'the scripts cannot be packed: {error}') from error
    return True


def name_address(web2py, address):
    """Have links in mails, if any are sent, lead to where `run` serves, unless the owner has said where the site is."""
    written = configparser.ConfigParser(interpolation=None)
    with contextlib.suppress(configparser.Error, UnicodeDecodeError):   # the application says what is wrong with it
        written.read(web2py / 'applications' / 'messenger' / 'private' / 'appconfig.ini', encoding='utf-8')
    if not written.get('host', 'url', fallback='').strip():
        os.environ.setdefault('MESSENGER_HOST_URL', address)


def is_a_copy(folder):
    """Data alone are none: somebody may have brought a database along."""
    code = folder.exists() and {entry.name for entry in folder.iterdir()} - set(DATA)
    return bool(code) and not (folder / 'modules').is_symlink()


def link(path, target, ours):
    """In somebody's install a link that leads anywhere is left; one of a checkout that has moved away is mended."""
    if not target.is_dir() or (path.exists() and not ours):
        return
    if path.is_symlink():
        if path.readlink() == target:
            return
        path.unlink()
    path.symlink_to(target, target_is_directory=True)


def copy_languages(folder):
    """Not a link: web2py writes every sentence it hasn't met before into these files, and would change the checkout."""
    if (APPLICATION / 'languages').is_dir():
        shutil.copytree(APPLICATION / 'languages', folder, dirs_exist_ok=True)
