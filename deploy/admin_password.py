"""web2py's own administrator password (for appadmin): a file parameters_PORT.py in web2py's root.

`prepare` runs inside web2py; the rest of the set-up only asks whether the file is ours, which is why gluon is imported late.
"""

import os
from pathlib import Path

MARK = "# made by the messenger's setup_env.sh\n"


def is_ours(path):
    return path.exists() and path.read_text().startswith(MARK)


def prepare(port, password):
    """An administrator's own file is left alone."""
    from gluon.settings import global_settings

    path = Path(global_settings.applications_parent) / f'parameters_{port}.py'
    if not path.exists() or (is_ours(path) and not fits(path, password)):
        write(path, password)


def fits(path, password):
    from gluon.validators import CRYPT

    settings = {}
    exec(path.read_text(), settings)
    return CRYPT()(password)[0] == settings.get('password')


def write(path, password):
    """As gluon.main.save_password does it, but never half-written and never readable by others."""
    from gluon.validators import CRYPT

    unfinished = path.with_suffix('.new')
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as stream:
        stream.write(f'{MARK}password="{CRYPT()(password)[0]}"\n')
    os.replace(unfinished, path)
