"""The public Autobahn cases against `websocket_server.py --echo`: the same handler, frames and connections as the messenger's.

Of 9 (large messages, thousands of round trips) there is one here of each kind; all of them: `kosoku ws://127.0.0.1:PORT -i '9.*'`.
"""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import websocket
from machine import ports
from places import ROOT
from sidecar import PATIENCE

CASES = ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '10.*', '9.1.6', '9.2.6', '9.3.1', '9.4.9', '9.5.6', '9.6.6', '9.7.1', '9.8.6']


@pytest.fixture
def echo(tmp_path):
    """The port of a running echo, in a folder where there is nothing else."""
    [port] = ports.free(1)
    with open(tmp_path / 'log', 'wb') as log:
        process = subprocess.Popen([sys.executable, str(ROOT / 'websocket_server.py'), '--echo', '--port', str(port)],
                                   cwd=tmp_path, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while b'echoing on' not in (tmp_path / 'log').read_bytes():
        assert process.poll() is None and time.monotonic() < deadline, (tmp_path / 'log').read_text()
        time.sleep(0.02)
    yield port
    process.terminate()
    assert process.wait(PATIENCE) == 0 and b'Traceback' not in (tmp_path / 'log').read_bytes()


def test_the_public_cases_pass(echo):
    if sys.version_info < (3, 10):
        pytest.xfail('kosoku, which runs the cases, needs Python 3.10')
    ran = subprocess.run([sys.executable, str(Path(__file__).with_name('autobahn_cases.py')), 'ws://127.0.0.1:%d' % echo, *CASES],
                         stdout=subprocess.PIPE, check=True, timeout=60)
    results = json.loads(ran.stdout)
    assert len(results) == 255
    assert [result for result in results if not set(result[1:3]) <= {'OK', 'NON-STRICT', 'INFORMATIONAL'}] == []


def test_what_is_sent_comes_back_whatever_its_kind_and_page(echo):
    peer = websocket.create_connection('ws://127.0.0.1:%d/' % echo, origin='http://evil.example', timeout=PATIENCE)
    for opcode, payload in ((websocket.ABNF.OPCODE_TEXT, '€'.encode()), (websocket.ABNF.OPCODE_BINARY, os.urandom(1 << 20))):
        peer.send(payload, opcode)
        assert peer.recv_data() == (opcode, payload)
    peer.send(b'x' * ((16 << 20) + 1), websocket.ABNF.OPCODE_BINARY)
    opcode, payload = peer.recv_data(control_frame=True)
    assert (opcode, payload[:2]) == (websocket.ABNF.OPCODE_CLOSE, (1009).to_bytes(2, 'big'))
    peer.shutdown()


@pytest.mark.parametrize('host', ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
def test_it_listens_to_this_machine_only(host):
    ran = subprocess.run([sys.executable, str(ROOT / 'websocket_server.py'), '--echo', '--host', host, '--port', '0'],
                         stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    assert ran.returncode == 1 and 'on loopback only' in ran.stderr and ran.stderr.count('\n') == 1
