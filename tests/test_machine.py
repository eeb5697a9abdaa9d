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
        assert port not in all_round()
    assert port in all_round()


def test_a_port_whose_connections_have_just_ended_is_given_again():
    before = all_round()
    for port in before:
        with socket.create_server((ports.HOST, port)) as server, socket.create_connection((ports.HOST, port)) as client:
            server.accept()[0].close()      # who closes first keeps the port for a minute
            assert client.recv(1) == b''
    assert set(all_round()) >= set(before)


def all_round():
    return [ports.free(1)[0] for _ in range(ports.BLOCK)]
