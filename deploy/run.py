"""`./setup_env.sh run`: everything needed is put in place, then web2py and the sidecar run until Ctrl-C."""

import argparse
import shlex
import signal
import sys
import time

import admin_password
import app_folder
import install
import old_database
import passwords
import ports
import processes
import tables
import web2py_folder
from console import Trouble, run, say
from layout import HOME, ROOT, VENV, locked, log, tail

LONGEST_START = 60


def options(arguments):
    parser = argparse.ArgumentParser(prog='./setup_env.sh run', description='Start web2py and the live chat on this machine.')
    parser.add_argument('--port', type=port, default=8000, help="web2py's port (%(default)s)")
    parser.add_argument('--ws-port', type=port, default=8001, help="the live chat's port (%(default)s)")
    chosen = parser.parse_args(arguments)
    if chosen.port == chosen.ws_port:
        parser.error('--port and --ws-port must differ')
    return chosen


def port(text):
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} isn't a port (1 to 65535)")
    return int(text)


def main(arguments):
    chosen = options(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    ports.check('--port', chosen.port)
    ports.check('--ws-port', chosen.ws_port)
    site = prepare(chosen)
    children = [web2py(site, chosen), sidecar(site, chosen)]
    try:
        start(children, chosen)
        say_all(site, chosen, children[1])
        over = stop_signals()
        processes.keep_running(children, lambda: bool(over))
    finally:
        # From here on an impatient second Ctrl-C can't cut the stopping short.
        stop_signals()
        say('stopping')
        processes.stop(children)
    say('stopped')


def interrupt(number, frame):
    """A SIGTERM during the set-up ends it as Ctrl-C does, so that no process it is waiting for is left behind."""
    raise KeyboardInterrupt


def stop_signals():
    """From now on a signal only leaves word, so that it can't cut off a restart in the middle."""
    over = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, frame: over.append(got))
    return over


class Site:
    """What is served: the web2py folder, the passwords, and whether the demo members are among its members."""

    def __init__(self, folder, known, demo):
        self.folder, self.known, self.demo = folder, known, demo


def prepare(chosen):
    with locked():
        install.into_venv('requirements.txt', VENV)
        folder = web2py_folder.prepare()
        own = app_folder.prepare(folder)
        app_folder.name_address(folder, f'http://{ports.HOST}:{chosen.port}')
        old_database.look(folder / 'applications' / 'messenger', may_choose=own)
        known = passwords.load()
        say('preparing the tables')
        return Site(folder, known, tables.create(folder, chosen.port, demo=own))


def web2py(site, chosen):
    command = [sys.executable, 'web2py.py', '--no_gui', '--no_banner', '-i', ports.HOST, '-p', str(chosen.port), '-a', '<recycle>']
    # Each connection that a browser keeps open takes a thread: of the ten there are by default, two browsers leave none.
    command += ['--min_threads', '60']
    # Its own files, so that a server that already runs in this folder keeps its process id and its log.
    command += ['--pid_filename', str(HOME / f'web2py-{chosen.port}.pid'), '--log_filename', str(log('requests'))]
    environment = {**tables.web2py_environment(), 'MESSENGER_REALTIME_PORT': str(chosen.ws_port)}
    return processes.Child('web2py', command, log('web2py'), cwd=site.folder, environment=environment)


def sidecar(site, chosen):
    command = [sys.executable, str(ROOT / 'websocket_server.py'), '--web2py', str(site.folder), '--port', str(chosen.ws_port)]
    command += ['--monitor-port', str(monitor_port(chosen))]
    for host in (ports.HOST, 'localhost'):
        command += ['--origin', f'http://{host}:{chosen.port}']
    return processes.Child('the live chat', command, log('sidecar'), cwd=ROOT)


def monitor_port(chosen):
    """The one after the live chat's where that is free, else none: nobody asked for it, so nothing fails for it."""
    port = chosen.ws_port + 1
    return 0 if port in (chosen.port, 65536) or ports.why_not(port) else port


def start(children, chosen):
    say('starting web2py and the live chat')
    for child in children:
        child.start()
    wait_for(children[0], f'http://{ports.HOST}:{chosen.port}/messenger/default/index')
    wait_for(children[1], f'http://{ports.HOST}:{chosen.ws_port}/health')


def wait_for(child, url):
    """At the first start a process that ends isn't restarted: it would only fail again, and nobody would be told why."""
    deadline = time.monotonic() + LONGEST_START
    while not ports.answers(url):
        if not child.is_up():
            raise Trouble(f"{child.name} doesn't start: {tail(child.log)} (log: {child.log})")
        if time.monotonic() > deadline:
            raise Trouble(f"{child.name} doesn't answer after {LONGEST_START} s (log: {child.log})")
        time.sleep(0.05)


def say_all(site, chosen, live_chat):
    address = f'http://{ports.HOST}:{chosen.port}/messenger'
    lines = ['', f'The messenger is at {address}/messaging/index', '']
    lines += logins(site) + appadmin(site, chosen, address)
    lines += [f'Data:    {site.folder / "applications" / "messenger"}', f'Logs:    {live_chat.log.parent}']
    lines += ['The live chat alone:', f'  {shlex.join(live_chat.command)}', '', 'Ctrl-C stops both.', '']
    print('\n'.join(lines), flush=True)


def logins(site):
    if not site.demo:
        return ['Log in as a member of the site (no demo members are made where it has its own).', '']
    return [
        'Log in, in two browsers, as',
        f'  Ada Lovelace   ada@demo.invalid   {site.known["ada"]}',
        f'  Bob Kahn       bob@demo.invalid   {site.known["bob"]}',
        '',
    ]


def appadmin(site, chosen, address):
    ours = admin_password.is_ours(site.folder / f'parameters_{chosen.port}.py')
    password = site.known['appadmin'] if ours else '(the administrator password this install already has)'
    return ['The data, in appadmin:', f'  {address}/appadmin/index   password {password}', '']


if __name__ == '__main__':
    sys.exit(run(main, sys.argv[1:]))
