"""Whoever writes is heard: rows that other programs insert into `message` arrive live, once, as full messages."""
import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse

import pytest
from sidecar import listening
from stack import PATIENCE, Stack

# As the tutorial has it, for the database it is told.
TUTORIAL_MODEL = '''
from gluon.tools import Auth
db = DAL(%r, migrate=False)
auth = Auth(db)
auth.define_tables(migrate=False)
db.define_table('message',
    Field('sender', 'reference auth_user', default=auth.user_id),
    Field('receiver', 'reference auth_user'),
    Field('content', 'text'),
    Field('timestamp', 'datetime', default=request.now),
    Field('is_read', 'boolean', default=False), migrate=False)
'''
TUTORIAL_CONTROLLER = '''
def write():
    db.message.insert(sender=request.vars.sender, receiver=request.vars.receiver, content=request.vars.content)
    return 'written'
'''
# As an owner adds it to the application.
SCHEDULER_MODEL = '''
from gluon.scheduler import Scheduler

def remind(sender, receiver, content):
    db.message.insert(sender=sender, receiver=receiver, content=content)
    db.commit()

scheduler = Scheduler(DAL('sqlite://scheduler.sqlite'), dict(remind=remind), heartbeat=1)
'''
# A process without web2py: it knows pydal and the five fields.
OWN_DAL = '''
import datetime, sys
from pydal import DAL, Field
path, sender, receiver, content = sys.argv[1:]
db = DAL('sqlite://' + path, migrate_enabled=False)
db.define_table('message', Field('sender', 'integer'), Field('receiver', 'integer'), Field('content', 'text'),
                Field('timestamp', 'datetime'), Field('is_read', 'boolean'))
db.message.insert(sender=sender, receiver=receiver, content=content, timestamp=datetime.datetime(2026, 1, 2, 3, 4, 5), is_read=False)
db.commit()
'''


@pytest.fixture(scope='module')
def stack(tmp_path_factory, web2py_home):
    stack = Stack(tmp_path_factory.mktemp('stack'), web2py_home)
    tutorial = stack.root / 'applications' / 'tutorial'
    for name, text in (('models', TUTORIAL_MODEL % ('sqlite://%s' % file(stack))), ('controllers', TUTORIAL_CONTROLLER)):
        (tutorial / name).mkdir(parents=True)
        (tutorial / name / {'models': 'db.py', 'controllers': 'default.py'}[name]).write_text(text)
    for name in ('databases', 'sessions', 'errors', 'private', 'cache', 'uploads', 'languages', 'modules', 'views', 'static'):
        (tutorial / name).mkdir()
    with stack:
        yield stack


def file(stack):
    return stack.application / 'databases' / 'messenger.sqlite'


def run(stack, *command):
    ran = subprocess.run([sys.executable, *map(str, command)], cwd=stack.root, env=stack._environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    assert ran.returncode == 0 and 'Traceback' not in ran.stdout, ran.stdout


def run_in_shell(stack, script):
    path = stack.folder / 'script.py'
    path.write_text(script)
    run(stack, 'web2py.py', '--no_gui', '--no_banner', '-S', 'messenger', '-M', '-R', path)


@pytest.fixture
def arrive_once(stack, ann, bob):
    """A function that checks that what `write()` inserts from Ann to Bob is told to both, in order and once."""
    def check(write, *contents):
        last = bob.ask('/messenger/messaging/updates.json?since=0')[1]['seq']
        with listening(stack, ann) as own, listening(stack, bob) as live:
            write()
            told = [live.until('message')[-1] for _ in contents]
            own.ask(type='send', receiver=bob.id, content='after all of them')
            assert live.until('message')[-1]['content'] == 'after all of them'
            assert [own.until('message')[-1]['id'] for _ in contents] == [message['id'] for message in told]
        assert [message['content'] for message in told] == list(contents)
        first = told[0]
        assert [(message['conversation'], message['number']) for message in told] == [
            (first['conversation'], first['number'] + index) for index in range(len(contents))]
        assert {(message['sender'], message['sender_id'], message['receiver_id']) for message in told} == {('Ann Lee', ann.id, bob.id)}
        assert all(message['timestamp'] and message['seq'] > last for message in told)
        synced = bob.ask('/messenger/messaging/updates.json?since=%d' % last)[1]['events']
        assert [event['content'] for event in synced if event['type'] == 'message'] == [*contents, 'after all of them']
    return check


def test_what_a_script_in_web2pys_shell_inserts_arrives_once(stack, ann, bob, arrive_once):
    arrive_once(lambda: run_in_shell(
        stack, "db.message.insert(sender=%d, receiver=%d, content='by a script')\ndb.commit()\n" % (ann.id, bob.id)), 'by a script')


def test_what_a_bulk_insert_inserts_arrives_once_and_in_order(stack, ann, bob, arrive_once):
    contents = ['in bulk %d' % number for number in range(20)]
    arrive_once(lambda: run_in_shell(
        stack, 'db.message.bulk_insert([dict(sender=%d, receiver=%d, content=content) for content in %r])\ndb.commit()\n'
        % (ann.id, bob.id, contents)), *contents)


def test_what_a_process_with_a_dal_of_its_own_inserts_arrives_once(stack, ann, bob, arrive_once, tmp_path):
    script = tmp_path / 'task.py'
    script.write_text(OWN_DAL)
    arrive_once(lambda: run(stack, script, file(stack), ann.id, bob.id, 'by a task'), 'by a task')


def test_what_another_application_with_the_tutorials_own_table_inserts_arrives_once(stack, ann, bob, arrive_once):
    def write():
        values = urllib.parse.urlencode(dict(sender=ann.id, receiver=bob.id, content='from the tutorial'))
        assert ann.get('/tutorial/default/write?' + values) == 'written', stack.logs()
    arrive_once(write, 'from the tutorial')


def test_what_plain_sql_inserts_arrives_once(stack, ann, bob, arrive_once):
    def write():
        with contextlib.closing(sqlite3.connect(file(stack))) as other, other:
            other.execute('INSERT INTO message (sender, receiver, content) VALUES (?, ?, ?)', (ann.id, bob.id, 'by plain SQL'))
    arrive_once(write, 'by plain SQL')


@pytest.fixture
def scheduler(stack):
    """A worker of web2py's scheduler for the messenger, whose models are those of an owner who has added a task."""
    models = stack.application / 'models'
    linked = models.resolve()
    models.unlink()
    shutil.copytree(linked, models)     # web2py follows no links below
    (models / 'scheduler.py').write_text(SCHEDULER_MODEL)
    run_in_shell(stack, 'scheduler.db.commit()\n')     # its tables, before a page and the worker both want to make them
    stack._launch('scheduler', 'web2py.py', '--no_gui', '--no_banner', '-K', 'messenger', cwd=stack.root)
    yield stack
    stack._end('scheduler', signal.SIGTERM)
    shutil.rmtree(models)
    models.symlink_to(linked)


def test_what_a_task_of_web2pys_scheduler_inserts_arrives_once(scheduler, ann, bob, arrive_once):
    def task_status():
        with contextlib.closing(sqlite3.connect(file(scheduler).with_name('scheduler.sqlite'), timeout=10)) as tasks:
            return tasks.execute('SELECT status FROM scheduler_task').fetchall()

    def write():
        # Not queue_task(): that of web2py 2.26 stumbles over what its pydal answers. This is what appadmin's form does.
        run_in_shell(scheduler, "scheduler.db.scheduler_task.insert(application_name='messenger', task_name='remind', "
                     "function_name='remind', args='[%d, %d, \"by the scheduler\"]')\nscheduler.db.commit()\n" % (ann.id, bob.id))
        deadline = time.monotonic() + PATIENCE
        while task_status() != [('COMPLETED',)]:
            assert time.monotonic() < deadline and ('FAILED',) not in task_status(), scheduler.logs()
            time.sleep(0.1)
    arrive_once(write, 'by the scheduler')
