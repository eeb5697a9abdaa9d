"""Whom a request comes from: what of X-Forwarded-For counts, and by what limits go."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messenger_core.site import LOOPBACK, networks
from messenger_live.wire.addresses import client_of, counted, is_loopback, is_silent, is_trusted, plain

PROXIES = LOOPBACK + ', 10.0.0.0/8 2001:db8:f::/48'


@pytest.mark.parametrize('peer', ['127.0.0.1', '127.0.0.7', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '10.1.2.3', '::ffff:10.0.0.1', ''])
def test_a_trusted_proxy_is_believed_the_last_address_that_is_no_proxys(peer):
    assert client_of(peer, ['203.0.113.9'], PROXIES) == '203.0.113.9'
    assert client_of(peer, ['198.51.100.1, 203.0.113.9, 10.0.0.3'], PROXIES) == '203.0.113.9'
    assert client_of(peer, ['198.51.100.1', '203.0.113.9', '::1,10.0.0.3', '2001:db8:f::9'], PROXIES) == '203.0.113.9'
    assert client_of(peer, ['127.0.0.1, 203.0.113.9'], PROXIES) == '203.0.113.9'


@pytest.mark.parametrize('peer', ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1', '128.0.0.1', '::2', '::127.0.0.1'])
def test_nobody_else_is(peer):
    assert client_of(peer, ['127.0.0.1'], PROXIES) == client_of(peer, [], PROXIES) == plain(peer)
    assert not is_trusted(peer, PROXIES) and not is_silent(peer, [], PROXIES)


@pytest.mark.parametrize(('peer', 'trusted'), [
    ('127.0.0.1', '10.0.0.0/8'), ('::1', '127.0.0.1'), ('10.0.0.1', LOOPBACK), ('127.0.0.1', '')])
def test_who_is_trusted_is_what_the_setting_says_and_nobody_besides(peer, trusted):
    assert client_of(peer, ['203.0.113.9'], trusted) == peer


@pytest.mark.parametrize(('entry', 'address'), [
    ('1.2.3.4:567', '1.2.3.4'), (' \t1.2.3.4 ', '1.2.3.4'), ('[2001:db8::1]:443', '2001:db8::1'), ('[2001:db8::1]', '2001:db8::1'),
    ('2001:DB8:0::1', '2001:db8::1'), ('::ffff:1.2.3.4', '1.2.3.4'), ('::FFFF:102:304', '1.2.3.4'), ('[::ffff:1.2.3.4]:1', '1.2.3.4'),
    ('fe80::1%eth0', 'fe80::1'), ('[fe80::1%25eth0]:80', 'fe80::1'), ('1.2.3.4,', '1.2.3.4'), ('1.2.3.4, , ,', '1.2.3.4')])
def test_an_address_is_read_in_each_way_that_proxies_write_it(entry, address):
    assert client_of('127.0.0.1', [entry], LOOPBACK) == client_of('127.0.0.1', ['9.9.9.9, ' + entry], LOOPBACK) == address


@pytest.mark.parametrize('entry', [
    'unknown', '_hidden', '-', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.4:x', '1.2.3.4 5.6.7.8', '"1.2.3.4"', 'for=1.2.3.4', ':::',
    '[1.2.3.4', '\u0661.2.3.4', '1.2.3.4\0', 'localhost', "'><script>", '%', '[]', '1' * 100_000, '2001:db8::1]:443'])
def test_what_stands_left_of_an_entry_that_is_none_nobody_vouches_for(entry):
    assert client_of('127.0.0.1', ['203.0.113.9, ' + entry], LOOPBACK) == '127.0.0.1'
    assert client_of('10.0.0.1', ['203.0.113.9', entry, '10.0.0.2'], PROXIES) == '10.0.0.2'
    assert is_silent('127.0.0.1', [entry], LOOPBACK)


@pytest.mark.parametrize('forwarded', [[], [''], [' , ,\t'], [',' * 50_000]])
def test_a_proxy_that_tells_nobody_is_silent_and_counts_itself(forwarded):
    assert client_of('::ffff:127.0.0.1', forwarded, LOOPBACK) == '127.0.0.1' and is_silent('127.0.0.1', forwarded, LOOPBACK)
    assert client_of('', forwarded, LOOPBACK) == '' and is_silent('', forwarded, LOOPBACK)
    assert not is_silent('127.0.0.1', [*forwarded, '127.0.0.1'], LOOPBACK)


def test_no_more_than_the_last_entries_are_looked_at(monkeypatch):
    from messenger_live.wire import addresses
    looked_at, plain_one = [], addresses._address
    monkeypatch.setattr(addresses, '_address', lambda text: looked_at.append(text) or plain_one(text))
    for forwarded in (['127.0.0.1,' * 100_000], ['127.0.0.1'] * 100_000):
        looked_at.clear()
        assert client_of('127.0.0.1', forwarded, LOOPBACK) == '127.0.0.1' and len(looked_at) < 200


@pytest.mark.parametrize(('address', 'key'), [
    ('1.2.3.4', '1.2.3.4'), ('::ffff:1.2.3.4', '1.2.3.4'), ('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'), ('::1', '::/64'), ('', ''),
    ('odd', 'odd')])
def test_limits_count_ipv6_by_its_network(address, key):
    assert counted(address) == key
    assert counted('2001:db8:1:2::1') == counted('2001:db8:1:2:ffff::') != counted('2001:db8:1:3::1')


@pytest.mark.parametrize(('host', 'is_it'), [
    ('127.0.0.1:8000', True), ('127.0.0.1', True), ('localhost:8000', True), ('LOCALHOST', True), ('[::1]:8000', True), ('[::1]', True),
    ('::1', True), ('::ffff:127.0.0.1', True), ('', False), (None, False), ('127.0.0.1.evil.example:8000', False),
    ('localhost.evil', False), ('10.0.0.1:80', False), ('[::2]:80', False), ('a b"><script>', False), (':8000', False)])
def test_this_machine_is_known_by_its_own_names(host, is_it):
    assert is_loopback(host) is is_it


@settings(deadline=None, database=None)
@given(st.text(), st.lists(st.text()))
def test_whatever_is_sent_there_is_an_address(peer, forwarded):
    address = client_of(peer, forwarded, PROXIES)
    assert isinstance(counted(address), str) and plain(address) == address
    assert client_of('127.0.0.1', [*forwarded, '203.0.113.9'], PROXIES) == '203.0.113.9'
    assert isinstance(is_loopback(peer), bool)


def test_the_default_is_loopback_in_each_of_its_forms():
    assert [str(network) for network in networks(LOOPBACK)] == ['127.0.0.0/8', '::1/128']
    assert networks('::ffff:127.0.0.0/104') == networks('127.0.0.0/8')
