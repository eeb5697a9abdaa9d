"""`./setup_env.sh tidy`: what the sidecar removes each hour, by hand: sessions that are over, and events older than they are kept."""

import argparse
import functools
import sys
import time

import install
import web2py_folder
from console import Trouble, run, say, say_more
from layout import PRIVATE_WEB2PY, ROOT, VENV, locked

LONGEST_SILENCE = 2.0


def options(arguments):
    parser = argparse.ArgumentParser(
        prog='./setup_env.sh tidy', description='Remove sessions that are over, and events older than [retention] events_days, as the '
        'sidecar does each hour: of the private web2py, or of the one that WEB2PY_HOME names.')
    parser.add_argument('--dry-run', action='store_true', help='only say how many there are')
    return parser.parse_args(arguments)


def main(arguments):
    is_dry = options(arguments).dry_run
    folder = application()
    with locked():
        install.into_venv('requirements.txt', VENV)
    sys.path.insert(0, str(ROOT))
    import websocket_server

    websocket_server.prepare_imports(str(folder.parent.parent), str(folder))
    from messenger_core import settings
    from messenger_core.errors import Refused, SchemaError, SettingsError

    try:
        chosen = settings.load(str(folder))
        tidy_sessions(chosen, folder, is_dry)
        tidy_events(chosen, folder, is_dry)
    except (SettingsError, SchemaError, Refused) as error:
        raise Trouble(str(error)) from error


def application():
    folder = (web2py_folder.named() or PRIVATE_WEB2PY) / 'applications' / 'messenger'
    if not (folder / 'modules' / 'messenger_core').is_dir():
        raise Trouble(f"there is no messenger in {folder.parent.parent}: './setup_env.sh run' makes one, WEB2PY_HOME names another")
    return folder


def tidy_sessions(chosen, folder, is_dry):
    from messenger_core.database import connection
    from messenger_live.workers import tidying

    if chosen.auth.masterapp or chosen.session.store not in ('file', 'db'):
        where = f'the application {chosen.auth.masterapp}' if chosen.auth.masterapp else chosen.session.store
        return say(f'the sessions are left to {where}')
    connect = functools.partial(connection.connect_sessions, chosen, str(folder))
    progress, removed, kept_out = Progress('sessions'), 0, 0
    for piece in tidying.pieces(chosen.session, str(folder), folder.name, connect, is_dry):
        removed, kept_out = removed + piece.removed, kept_out + piece.kept_out
        progress.seen(piece.seen)
    say(f'{removed} of {progress.count} sessions {"are over" if is_dry else "were over and are removed"}')
    if kept_out:
        raise Trouble(f'{kept_out} sessions that are over cannot be removed by this user: do this as the user of web2py')


def tidy_events(chosen, folder, is_dry):
    from messenger_core.database import connection
    from messenger_core.feed import pruning

    days = chosen.retention.events_days
    if not days:
        return say('events are kept for ever ([retention] events_days = 0)')
    db = connection.connect(chosen, str(folder))
    try:
        count, progress = pruning.count(db, days), Progress('events')
        while not is_dry and pruning.prune(db, days):
            progress.seen(pruning.CHUNK)
        removed = count if is_dry else count - pruning.count(db, days)
        say(f'{removed} events older than {days} days {"are there" if is_dry else "are removed"}')
    finally:
        db.close()


class Progress:
    """Says every two seconds how far it is."""

    def __init__(self, what):
        self.count, self._what, self._said_at = 0, what, time.monotonic()

    def seen(self, count):
        self.count += count
        if time.monotonic() - self._said_at > LONGEST_SILENCE:
            self._said_at = time.monotonic()
            say_more(f'{self.count} {self._what} so far')


if __name__ == '__main__':
    sys.exit(run(main, sys.argv[1:]))
