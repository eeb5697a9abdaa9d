"""The tutorial's application in a real web2py, and people who have used it. What it leaves behind is what an upgrade begins with."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys

from trying import environment
from tutorial import MODEL

PASSWORD = 'a password of before'
PEOPLE = ('Ann', 'Bob', 'Cid')
# Written while web2py's clock stood in winter and in summer; with a row each for what is read, unread, and read after that.
WRITE = f"""
import datetime
for name in {PEOPLE!r}:
    db.auth_user.insert(first_name=name, last_name='Lee', email=name.lower() + '@example.com', password=CRYPT()({PASSWORD!r})[0])
for month, content, is_read in ((1, 'in winter', True), (7, 'in summer', False), (8, 'read out of turn', True)):
    db.message.insert(sender=1, receiver=2, content=content, timestamp=datetime.datetime(2026, month, 15, 12), is_read=is_read)
db.message.insert(sender=2, receiver=1, content='an answer', timestamp=datetime.datetime(2026, 8, 15, 12))
db.commit()
print('written')
"""
STRANGER = 99


def make(web2py, name='tutorial'):
    """Returns the folder with its databases."""
    application = web2py / 'applications' / name
    for part in ('models', 'databases', 'sessions', 'private', 'controllers'):
        (application / part).mkdir(parents=True)
    (application / 'models' / 'db.py').write_text(MODEL)
    script = application / 'private' / 'write.py'
    script.write_text(WRITE)
    command = [sys.executable, 'web2py.py', '--no_gui', '--no_banner', '-S', name, '-M', '-R', str(script)]
    surroundings = environment(PYTHONWARNINGS='ignore')
    done = subprocess.run(command, cwd=web2py, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.stdout.rstrip().endswith('written'), done.stdout + done.stderr
    with contextlib.closing(sqlite3.connect(application / 'databases' / 'storage.sqlite')) as database:
        # Of somebody whom plain SQL has deleted.
        lost = (STRANGER, 2, 'lost', '2026-01-15 12:00:00')
        database.execute('INSERT INTO message (sender, receiver, content, timestamp) VALUES (?, ?, ?, ?)', lost)
        database.commit()
    return application / 'databases'


def bring(databases, web2py):
    """As the owner does: a copy of the folder, where the messenger will be."""
    shutil.copytree(databases, web2py / 'applications' / 'messenger' / 'databases')


def write_more(database, rows):
    """So many more messages, read all of them, on the same winter's day."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executemany(
            'INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)',
            ((1 + n % 3, 1 + n // 3 % 3, f'number {n}', '2026-01-15 12:00:00', 'T') for n in range(rows)),
        )
        connection.commit()


def query(database, statement):
    with contextlib.closing(sqlite3.connect(database, timeout=20)) as connection:
        return connection.execute(statement).fetchall()
