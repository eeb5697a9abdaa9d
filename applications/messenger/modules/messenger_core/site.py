"""How the site is reached, as its settings say it: its address, its names, and the proxies in front of it. Text only.

Must not live here: a request, or what is decided about one.
"""
import functools
import ipaddress
import re

from .errors import SettingsError

# What comes from here comes from a proxy, where there is one. IPv4 that was mapped into IPv6 is IPv4 here, in settings and in addresses.
LOOPBACK = '127.0.0.0/8, ::1'
MAPPED = ipaddress.ip_network('::ffff:0:0/96')
URL = re.compile(r'(https?)://([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?', re.IGNORECASE | re.ASCII)
NAME = re.compile(r'(?:[a-z0-9._*?-]+|\[[0-9a-f:.*?]+\])(?::[0-9*?]{1,5})?', re.IGNORECASE | re.ASCII)
DEFAULT_PORTS = {'http': 80, 'https': 443}


def check(settings):
    """Raise SettingsError for what nobody could be reached by; write `[host] url` as browsers do: small letters, no usual port."""
    host, auth = settings.host, settings.auth
    host.url = host.url and _origin(host.url)
    names(host.names)
    networks(settings.realtime.trusted_proxies)
    if auth.registration_requires_verification and not auth.masterapp and not (host.url and settings.smtp.server):
        raise SettingsError('With [auth] registration_requires_verification nobody can register before mails can be sent that lead back to '
                            'the site: set [host] url and [smtp] server.')


def written(text):
    """Return the entries of a setting that is a list, with commas or blanks between them."""
    return text.replace(',', ' ').split()


@functools.lru_cache(64)
def names(text):
    """Return what the Host of a request must match one of: regular expressions. `*` and `?` stand for any characters, and for one."""
    return tuple(map(_name, written(text)))


@functools.lru_cache(64)
def networks(text):
    """Return the networks of `[realtime] trusted_proxies`."""
    return tuple(map(_network, written(text)))


def is_host(text):
    """Say whether this is a host with or without a port, so that it may stand in an address."""
    return URL.fullmatch('http://' + text) is not None


def without_port(host):
    """Return a Host, or what stands in its place in an address, without its port and the brackets of IPv6."""
    return re.sub(':[0-9]*$', '', host).strip('[]')


def _origin(text):
    match = URL.fullmatch(text)
    port = int(match[3] or DEFAULT_PORTS[match[1].lower()]) if match else 0
    if not 0 < port < 1 << 16 or (match[2].startswith('[') and not _is_address(match[2][1:-1])):
        raise SettingsError('The setting [host] url is %r; it must be the address of the site without a path, as the address bar shows it, '
                            'like https://example.com or https://example.com:8443.' % text)
    scheme, host = match[1].lower(), match[2].lower()
    return '%s://%s' % (scheme, host) + ('' if port == DEFAULT_PORTS[scheme] else ':%d' % port)


def _is_address(text):
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _name(text):
    if not NAME.fullmatch(text):
        raise SettingsError('The setting [host] names has %r, which is no name: write it as the address bar shows it, like example.com, '
                            '*.example.com:8000 or [::1]:8000, without https:// and in ASCII (xn--...).' % text)
    # Not by fnmatch, to which [::1] is one character out of these.
    return re.compile(re.escape(text.lower()).replace(r'\*', '.*').replace(r'\?', '.'))


def _network(text):
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise SettingsError('The setting [realtime] trusted_proxies has %r, which is no network: write addresses and networks '
                            'like 10.0.0.7, 10.1.0.0/16 or 2001:db8::/48.' % text) from error
    if network.version == 6 and network.subnet_of(MAPPED):
        network = ipaddress.IPv4Network((int(network.network_address) & 0xffffffff, network.prefixlen - 96))
    if not network.prefixlen:
        raise SettingsError('The setting [realtime] trusted_proxies has %r, which is everybody: each could choose the address '
                            'that they are counted by.' % text)
    return network
