"""Whose connections are counted together, behind proxies and without: on real sockets, of both families."""
import socket

import pytest
from sidecar import HANDSHAKE, ORIGIN

BEGINNING = HANDSHAKE[:60].encode()


def on_both_families(idle, *origins, **realtime):
    """Start it with --host ::, so that IPv4 comes mapped into IPv6."""
    environment = {'MESSENGER_' + name.upper(): str(value) for name, value in realtime.items()}
    arguments = [argument for origin in origins for argument in ('--origin', origin)]
    idle.process = idle.launch('--host', '::', *arguments, MESSENGER_REALTIME_TICK_SECONDS='0.1', **environment)
    idle.wait_for(lambda: idle.health() or idle.process.poll() is not None)
    assert idle.process.poll() is None, idle.log()
    return idle


def told(*addresses):
    return HANDSHAKE + ''.join('X-Forwarded-For: %s\r\n' % address for address in addresses) + '\r\n'


def test_a_proxy_that_comes_by_ipv4_to_a_socket_of_both_is_believed(idle):
    sidecar = on_both_families(idle, ORIGIN, realtime_connections_per_address=1, realtime_handshakes_per_address=1)
    for client in ('203.0.113.1', '203.0.113.2:99', '[2001:db8::1]:443', '2001:db8:0:1::1'):
        assert [sidecar.status(told(client)), sidecar.status(told('9.9.9.9', client))] == [101, 429], client
    assert sidecar.status(told('2001:db8::ffff')) == 429        # the same network of 64 bits
    peers = [sidecar.raw(BEGINNING) for _ in range(5)]     # it isn't one address's, what a proxy brings
    for peer in peers:
        peer.sendall(told('203.0.113.3').encode()[60:])
    assert sorted(int(peer.makefile('rb').readline().split()[1]) for peer in peers) == [101, 429, 429, 429, 429]


def test_with_check_client_too(idle):
    sidecar = on_both_families(idle, ORIGIN, session_check_client='true')
    session_id = sidecar.session(1)
    path = sidecar.session_file(session_id.replace('127.0.0.1', '203.0.113.9'))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sidecar.session_file(session_id).read_bytes())
    for cookie, forwarded, is_let_in in (
            (session_id, (), True), (path.name, ('203.0.113.9',), True), (session_id, ('203.0.113.9',), False)):
        peer = sidecar.raw(told(*forwarded).replace('Host', 'Cookie: session_id_messenger=%s\r\nHost' % cookie).encode())
        received = b''
        while b'welcome' not in received and (4401).to_bytes(2, 'big') not in received:
            received += peer.recv(4096)
        assert (b'welcome' in received) is is_let_in, (cookie, forwarded)


def test_nobody_is_believed_but_the_proxies_that_the_setting_names(idle):
    sidecar = idle.start(connections_per_address=1, handshakes_per_address=1, handshake_seconds=600, trusted_proxies='127.0.0.2')

    def status(source, *addresses):
        with socket.create_connection(('127.0.0.1', sidecar.port), timeout=10, source_address=(source, 0)) as peer:
            peer.sendall(told(*addresses).encode())
            return int(peer.makefile('rb').readline().split()[1])
    with socket.create_connection(('127.0.0.1', sidecar.port), source_address=('127.0.0.2', 0)) as proxy:
        proxy.sendall(told('203.0.113.1').encode())
        assert b' 101 ' in proxy.makefile('rb').readline()
        assert status('127.0.0.2', '203.0.113.1') == 429 and status('127.0.0.2', '203.0.113.1', '203.0.113.2') == 101
    with socket.create_connection(('127.0.0.1', sidecar.port), source_address=('127.0.0.3', 0)) as stranger:
        stranger.sendall(told('203.0.113.5').encode())
        assert b' 101 ' in stranger.makefile('rb').readline()
        assert status('127.0.0.3', '203.0.113.6') == 429
    taken = [socket.create_connection(('127.0.0.1', sidecar.port), timeout=10, source_address=('127.0.0.4', 0)) for _ in range(2)]
    for peer in taken:
        sidecar.sockets.append(peer)
    assert taken[1].recv(1) == b''


@pytest.mark.parametrize(('host', 'addresses', 'is_said'), [
    ('chat.example', (), True), ('chat.example', ('unknown',), True), ('chat.example', ('203.0.113.9',), False),
    ('127.0.0.1:8001', (), False)])
def test_that_all_are_one_address_is_said_in_the_log_once(sidecar, host, addresses, is_said):
    for _ in range(3):
        assert sidecar.status(told(*addresses).replace('Host: 127.0.0.1', 'Host: ' + host)) == 101
    sidecar.status(told().replace(ORIGIN, 'http://last.example'))      # refused, as the log says: all that came before is in it
    assert sidecar.logs('refused') and sidecar.log().count('everybody is one address') == is_said


@pytest.mark.parametrize(('origin', 'expected'), [
    ('https://chat.example', 101), ('https://127.0.0.1', 101), ('http://127.0.0.1', 403), ('http://chat.example', 403),
    ('https://evil.example', 403)])
def test_pages_of_the_address_of_the_site_may_open_sockets(idle, origin, expected):
    sidecar = on_both_families(idle, host_url='https://chat.example')
    assert sidecar.status(told().replace(ORIGIN, origin)) == expected


@pytest.mark.parametrize(('name', 'value'), [
    ('HOST_URL', 'https://*.example'), ('HOST_NAMES', 'https://chat.example'), ('REALTIME_TRUSTED_PROXIES', 'everybody')])
def test_it_does_not_start_on_an_address_that_is_none(idle, name, value):
    process = idle.launch(**{'MESSENGER_' + name: value})
    assert process.wait(10) == 1
    assert idle.log().startswith('websocket_server: The setting [') and idle.log().count('\n') == 1
