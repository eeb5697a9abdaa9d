"""A database that was brought along: the tutorial's application keeps it in another file than the one we make.

Nothing here opens it for writing. Taking it over is the application's own business (messenger_core/upgrade).
"""

import configparser
import contextlib
import os
import sqlite3

from console import Trouble, say, say_more

OUR_FILE = 'messenger.sqlite'
TUTORIAL = {'id', 'sender', 'receiver', 'content', 'timestamp', 'is_read'}


def look(application, may_choose):
    """Choose the database of before as this site's, by writing [db] uri, where there is no other yet; or else say that it is there."""
    if is_chosen(application):
        return
    found = [path for path in sorted((application / 'databases').glob('*.sqlite')) if path.name != OUR_FILE and is_tutorials(path)]
    if not found:
        return
    if (application / 'databases' / OUR_FILE).exists() or not may_choose:
        say(f"{found[0]} holds messages too, which are not shown. To use it instead, write in {settings_file(application)}:")
        say_more(f'[db] uri = {uri(found[0])}')
    elif len(found) > 1:
        names = ', '.join(path.name for path in found)
        raise Trouble(f'{application / "databases"} holds several databases with messages ({names}): name one as [db] uri in '
                      f'{settings_file(application)}, like {uri(found[0])}')
    else:
        choose(application, found[0])


def is_chosen(application):
    return bool(os.environ.get('MESSENGER_DB_URI')) or written(application).has_option('db', 'uri')


def is_tutorials(path):
    """Whether it has members, and messages with the tutorial's fields."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path.as_uri() + '?mode=rw', uri=True)) as database:
        columns = {table: {row[1] for row in database.execute(f'PRAGMA table_info({table})')} for table in ('message', 'auth_user')}
        return columns['message'] >= TUTORIAL and 'email' in columns['auth_user']
    return False


def choose(application, path):
    """A line is added to the settings; the rest of the file stays as somebody has written it."""
    file = settings_file(application)
    text = file.read_text(encoding='utf-8') if file.exists() else ''
    if written(application).has_section('db'):
        raise Trouble(f'{path} holds messages of before: write "uri = {uri(path)}" under [db] in {file}')
    file.write_text(f'{text}\n[db]\nuri = {uri(path)}\n'.lstrip(), encoding='utf-8')
    say(f'found the database {path.name}; it is this site\'s from now on ([db] uri in {file})')


def written(application):
    parser = configparser.ConfigParser(interpolation=None)
    with contextlib.suppress(configparser.Error, UnicodeDecodeError):   # web2py is about to say what is wrong with it
        parser.read(settings_file(application), encoding='utf-8')
    return parser


def settings_file(application):
    return application / 'private' / 'appconfig.ini'


def uri(path):
    return f'sqlite://{path.name}'
