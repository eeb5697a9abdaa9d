"""Ports that tests give to their servers: nobody else's, whoever else is testing at that time."""
import socket
import subprocess
import sys

from machine import ports
from places import ROOT

GIVE = 'from machine import ports; print(*ports.free(150))'


def test_no_two_processes_are_given_the_same_port():
    ours, theirs = set(ports.free(150)), subprocess.check_output([sys.executable, '-c', GIVE], cwd=ROOT / 'tests' / 'support', text=True)
    assert len(ours) > 1 and not ours & {int(port) for port in theirs.split()}


def test_a_port_that_somebody_listens_on_is_not_given():
    [port] = ports.free(1)
    with socket.create_server((ports.HOST, port)):
        assert port not in ports.free(150)
    assert port in ports.free(150)
