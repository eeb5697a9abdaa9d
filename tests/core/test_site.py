"""How the site is reached, as the settings say: addresses, names and proxies that can't be are refused in a sentence."""
import pytest
from messenger_core import settings, site
from messenger_core.errors import SettingsError


def load(tmp_path, **chosen):
    return settings.load(tmp_path, {'MESSENGER_' + name.upper(): value for name, value in chosen.items()})


def refused(tmp_path, **chosen):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **chosen)
    said = str(caught.value)
    assert said.endswith('.') and '\n' not in said
    return said


@pytest.mark.parametrize(('url', 'kept'), [
    ('https://example.com', 'https://example.com'), ('HTTPS://Example.COM:443', 'https://example.com'), ('http://a-b.c_d:80', 'http://a-b.c_d'),
    ('https://example.com:8443', 'https://example.com:8443'), ('http://[::1]:8000',) * 2, ('http://127.0.0.1:8000',) * 2,
    ('https://xn--mller-kva.example', 'https://xn--mller-kva.example'), ('http://example.com:443', 'http://example.com:443'), ('', '')])
def test_the_address_of_the_site_is_kept_as_browsers_write_it(tmp_path, url, kept):
    assert load(tmp_path, host_url=url).host.url == kept


@pytest.mark.parametrize('url', [
    'example.com', '//example.com', 'ftp://example.com', 'wss://example.com', 'https://', 'https://*.example.com', 'http://127.0.0.1:*',
    'https://example.com/', 'https://example.com/messenger', 'https://example.com?x=1', 'https://example.com#x', 'https://ann@example.com',
    'https://ann:pw@example.com', 'https://example.com:0', 'https://example.com:65536', 'https://example.com:https', 'https://exa mple.com',
    'https://m\u00fcller.example', 'https://example.com, https://example.org', 'https://[::1', 'https://[:::]', 'https://.', 'https://-',
    'https://example.com:', 'https://example.com\\', 'javascript:alert(1)', 'https://example.com\u0661'])
def test_an_address_that_could_not_stand_in_a_mail_is_refused(tmp_path, url):
    assert '[host] url' in refused(tmp_path, host_url=url)


@pytest.mark.parametrize('names', [
    'https://example.com', 'example.com/messenger', 'ann@example.com', 'm\u00fcller.example', 'example.com:port', '::1', '[::1', 'a;b',
    '"a"', 'example.com:123456', 'good.example, bad!'])
def test_a_name_that_no_request_could_have_is_refused(tmp_path, names):
    assert '[host] names' in refused(tmp_path, host_names=names)


@pytest.mark.parametrize('names', ['', 'example.com', 'a.example, *.b.example:8000 c?.example', '127.0.0.1:*', '[::1]:8000', '*', '*:80??'])
def test_names_and_patterns_are_taken(tmp_path, names):
    assert load(tmp_path, host_names=names).host.names == names


@pytest.mark.parametrize('networks', [
    'localhost', '10.0.0.0/33', '10.0.0.1/8', '256.0.0.1', 'all', '*', '10.0.0.0-10.0.0.9', '127.0.0.0/8; ::1', '::1/129', '10.0.0.1:80',
    '[::1]', '0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96', '10.0.0.0/8/8'])
def test_proxies_that_are_no_network_or_everybody_are_refused(tmp_path, networks):
    assert '[realtime] trusted_proxies' in refused(tmp_path, realtime_trusted_proxies=networks)
    assert 'trusted_proxies' in refused(tmp_path, realtime_trusted_proxies='127.0.0.1, ' + networks)


@pytest.mark.parametrize('networks', ['', '10.0.0.7', '127.0.0.0/8, ::1', '10.0.0.0/8 fd00::/8,::ffff:10.0.0.0/104'])
def test_addresses_and_networks_are_taken(tmp_path, networks):
    trusted = load(tmp_path, realtime_trusted_proxies=networks).realtime.trusted_proxies
    assert len(site.networks(trusted)) == len(networks.replace(',', ' ').split())


def test_nobody_is_asked_to_confirm_an_address_by_a_mail_that_cannot_be_sent(tmp_path):
    asks = {'auth_registration_requires_verification': 'true'}
    for rest in ({}, {'smtp_server': 'mail.example:25'}, {'host_url': 'https://example.com'},
                 {'smtp_server': 'mail.example:25', 'host_names': 'example.com'}):
        said = refused(tmp_path, **asks, **rest)
        assert '[host] url' in said and '[smtp] server' in said
    assert load(tmp_path, **asks, smtp_server='mail.example:25', host_url='https://example.com')
    assert load(tmp_path, **asks, auth_masterapp='site', db_uri='sqlite://site.sqlite')
