"""What the Python peers share: arguments, who a cookie says one is, a database in which a message is one small row."""
import argparse
import re
import sqlite3

USER = re.compile(r'(?:^|;\s*)user=(\d+)')
SCHEMA = '''create table if not exists message(id integer primary key autoincrement, sender integer not null, receiver integer not null,
 content text not null, created real not null)'''
INSERT = 'insert into message(id, sender, receiver, content, created) values (?, ?, ?, ?, ?)'


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--port', type=int, required=True)
    parser.add_argument('--db', required=True)
    return parser.parse_args()


def user_of(cookie):
    return int(USER.search(cookie or '')[1])


def connect(path):
    """Return a connection in which a commit has reached the disk: WAL, synchronous=FULL."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for statement in ('pragma journal_mode=wal', 'pragma synchronous=full', 'pragma busy_timeout=5000', SCHEMA,
                      'create index if not exists message_pair on message(receiver, sender, id)'):
        connection.execute(statement)
    return connection
