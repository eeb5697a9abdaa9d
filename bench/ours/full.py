"""Databases with many messages, made once for each checkout and number, and copied for whoever wants to write into them."""
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from referee.folders import HOME
from sites.target import ROOT, Target

SQLITE = 'applications/messenger/databases'
ANN, UNREAD = 1, 20     # how many conversations have something that isn't read


def site(folder, messages, conversations, members=4, **realtime):
    """Return a Target, not started, with so many messages; Ann takes part in so many conversations."""
    kept = HOME / 'full' / ('%s-%d-%d' % (state(), messages, conversations))
    if not kept.exists():
        print('filling a database with %d messages' % messages, file=sys.stderr, flush=True)
        fill(kept, messages, conversations)
    target = Target(folder, 4, **realtime)
    target.sidecar.db.close()
    for path in kept.iterdir():
        shutil.copy(path, Path(folder) / SQLITE)
    target.sidecar.db = reopened(target)
    target.join(members)
    return target


def reopened(target):
    from messenger_core import settings
    from messenger_core.database import connection
    return connection.connect(settings.load(target.sidecar.application, {}), str(target.sidecar.application))


def state():
    """Return a name for the tables as this checkout makes them."""
    modules = ROOT / 'applications' / 'messenger' / 'modules' / 'messenger_core'
    rooms = (path for room in ('database', 'upgrade', 'feed', 'search') for path in sorted((modules / room).glob('*.py')))
    files = [Path(__file__), *rooms]
    return hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()[:12]


def fill(kept, messages, conversations):
    import plenty
    folder = tempfile.mkdtemp(prefix='bench-')
    target = Target(folder, 4)
    db = target.sidecar.db
    try:
        plenty.fill(db, messages, conversations - 1)
        read(db)
        catch_up(db)
        db.executesql('PRAGMA wal_checkpoint(TRUNCATE)')
    finally:
        target.close()
    shutil.copytree(Path(folder) / SQLITE, str(kept) + '.new', dirs_exist_ok=True)
    os.replace(str(kept) + '.new', kept)
    shutil.rmtree(folder)


def fill_site(stack, messages, conversations):
    """The same for a whole site whose tables are made, so that its members can log in."""
    import plenty
    from cast import MEMBERS
    from messenger_core import settings
    from messenger_core.database import connection
    from stack import quick_hash
    db = connection.connect(settings.load(str(stack.application), {}), str(stack.application))
    for name in MEMBERS:
        db.executesql("INSERT INTO auth_user (first_name, last_name, email, password, registration_key) "
                      "VALUES ('%s', 'Lee', '%s@example.com', '%s', '')" % (name, name.lower(), quick_hash()))
    db.commit()
    plenty.fill(db, messages, conversations - 1)
    read(db)
    catch_up(db)
    db.executesql('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()


def read(db):
    """Have everybody read all but the first conversations: somebody's thousands are old, and few of them have something new."""
    last = 'SELECT last_number FROM messenger_conversation its WHERE its.id = conversation'
    db.executesql('UPDATE messenger_participant SET read_number = (%s), sent_at_read = sent_count WHERE conversation > %d' % (last, UNREAD))
    db.commit()


def catch_up(db):
    """Have done what is done in the background of a site: the indexes of words and of names, a note of where something waits."""
    from messenger_core.messages import noting
    from messenger_core.search import hits, names
    for step in (hits.engine_of(db).fill, names.fill, noting.note):
        while step(db):
            pass
    db.commit()
