"""Takes copies of the database in the folder that is named over, each killed (SIGKILL) at another moment and then started again.

Run as a process of its own, because it forks. A moment is an SQL statement, or the opening of a file in the database's folder. Tried are
the first, the last and of those between every so-manieth, as is named too. Prints how many there are and how many were tried; ends with
an AssertionError when a second start didn't make of it what one makes that nobody kills.
"""
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'support'))
from places import APPLICATION

sys.path.insert(0, str(APPLICATION / 'modules'))
import tutorial
from messenger_core.adoption import adoption
from messenger_core.database import connection as database
from messenger_core.upgrade import takeover

CHUNK = 3
options = database.options
RESULT = ('SELECT id, sender, receiver, content, timestamp, is_read, conversation, number FROM message ORDER BY id',
          'SELECT conversation, user_id, read_number, sent_count, sent_at_read FROM messenger_participant ORDER BY id',
          'SELECT id, direct_key, last_number, last_message FROM messenger_conversation ORDER BY id',
          'SELECT version, legacy_upto, legacy_timezone FROM messenger_feed',
          "SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND name != 'sqlite_sequence' ORDER BY name")


class Fuse:
    """Kills this process at the `moment`-th moment."""

    def __init__(self, folder, moment):
        self.folder, self.left = str(folder), moment
        fuse = self

        class Connection(sqlite3.Connection):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, **options)
                self.set_trace_callback(fuse.burn)
        sqlite3.dbapi2.Connection = Connection      # the one that pydal calls
        sys.addaudithook(self.see)

    def see(self, event, arguments):
        if event == 'open' and str(arguments[0]).startswith(self.folder):
            self.burn()

    def burn(self, *_):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def without_waiting_for_the_disk(settings):
    """Options for a connection. What is killed here is a process, not the machine: a commit needn't reach the disk."""
    chosen = options(settings)

    def prepare(adapter):
        adapter.execute('PRAGMA synchronous = OFF')
        chosen['after_connection'](adapter)
        adapter.execute('PRAGMA synchronous = OFF')
    return dict(chosen, after_connection=prepare)


def in_a_child(action, *arguments):
    """Run it in a process of its own; return the status that this ends with."""
    pid = os.fork()
    if not pid:
        try:
            action(*arguments)
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    return os.waitpid(pid, 0)[1]


def start(folder, moment=0):
    fuse = Fuse(folder, moment)
    db = tutorial.open_by_us(folder, zone='Asia/Tokyo')
    takeover.take_over(db, lambda sentence: None)
    db.close()
    return fuse


def count(folder):
    """Start, with nobody killing it, and write down how many moments that has."""
    moments = -start(folder).left
    folder.with_name('moments').write_text(str(moments))


def result(folder):
    connection = sqlite3.connect(folder / tutorial.NAME)
    found = [connection.execute(statement).fetchall() for statement in RESULT]
    assert connection.execute('SELECT count(*), count(seq), count(DISTINCT seq) FROM message').fetchall() == [(len(found[0]),) * 3]
    connection.close()
    return found


def main(template, every):
    adoption.adopt.__defaults__ = (CHUNK,)
    database.options = without_waiting_for_the_disk
    folder = fresh(template)
    assert in_a_child(count, folder) == 0
    expected, moments = result(folder), int(folder.with_name('moments').read_text())
    tried = sorted({*range(1, moments, every), moments})
    for moment in tried:
        killed = in_a_child(start, fresh(template), moment)
        assert os.WIFSIGNALED(killed), 'moment %d of %d never came' % (moment, moments)
        assert in_a_child(start, folder) == 0, 'the start after a kill at moment %d fails' % moment
        assert result(folder) == expected, 'after a kill at moment %d: %s' % (moment, result(folder))
    print(moments, len(tried))


def fresh(template):
    folder = template.with_name('copy')
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(template, folder)


if __name__ == '__main__':
    main(Path(sys.argv[1]), int(sys.argv[2]))
