"""How a request has reached the site: from which address, by which name, over which scheme.

web2py's own request.client, is_local and is_https believe what anybody writes into X-Forwarded-For and X-Forwarded-Proto.
"""
import functools
import logging
from time import monotonic

from gluon import current
from messenger_core import site
from messenger_live import allowances
from messenger_live.wire import addresses, requests

# Whoever sends one of these is a proxy, or pretends to be one.
OF_PROXIES = tuple('http_' + name for name in (
    'x_forwarded_for', 'x_forwarded_proto', 'x_forwarded_host', 'x_forwarded_port', 'x_forwarded_server', 'x_forwarded_prefix',
    'x_forwarded_ssl', 'forwarded', 'via', 'x_real_ip', 'x_client_ip', 'cf_connecting_ip', 'true_client_ip'))
refusals = allowances.Sparing(logging.getLogger('web2py.app.messenger'))


def settle():
    """Have web2py's own code decide by the same as ours, and say in the log, once, that addresses can't be told apart."""
    request = current.request
    request.is_https, request.is_local = is_https(), is_local()
    if addresses.is_silent(*_whence()) and not _comes_from_here():
        _warn_of_silent_proxy()


def address():
    """Return the address of who asks; '' where web2py's server has none, as behind a unix socket."""
    return addresses.client_of(*_whence())


def is_https():
    """Whether people reach the site by https: by its settings, the web server's word or that of a trusted proxy."""
    env = current.request.env
    peer, _, trusted = _whence()
    if _url().startswith('https:') or (env.wsgi_url_scheme or '').lower() == 'https' or env.https == 'on':
        return True
    told = (env.http_x_forwarded_proto or '').rpartition(',')[2].strip().lower()
    return told == 'https' and addresses.is_trusted(peer, trusted)


def is_local():
    """Whether somebody asks who sits at this machine, not through a proxy; unknown is no.

    A proxy can pass on nothing at all, not even the name that it was asked for. So where `[host] url` says that the site is reached by
    others, nobody is known to sit here.
    """
    return _comes_from_here() and (not _url() or addresses.is_loopback(_url().partition('://')[2]))


def is_only_this_machine():
    """Whether the web server listens on loopback only and this request comes from there, not through a proxy; unknown is no."""
    options = current.request.global_settings.cmd_options
    listening = [interface[0] for interface in options.interfaces or ()] or [options.ip] if options else [None]
    return is_local() and all(map(addresses.is_loopback, listening))


def is_by_known_name():
    """Whether the site may be asked for by this Host. A shell was given none, and who sits at this machine needs none."""
    request, names = current.request, site.names(current.settings.host.names)
    env = request.env
    is_known = not names or bool(request.is_shell) or not env.http_host or _is_named(names) or _comes_from_here()
    if not is_known:    # web2py puts its server's name in the place of a Host that didn't come
        refusals.say(monotonic(), 'refused: %d %s: asked for as %a, and [host] names has %s; does the proxy pass on the Host?', 403,
                     requests.named(env.request_method or '', env.path_info or ''), env.http_host[:80], current.settings.host.names)
    return is_known


def hosts():
    """Return the hosts, with ports, that the site's pages may count as their own: that of `[host] url`, and the one that was asked for.

    The latter where there is no url, where it has been looked at, and where both are this machine's, like localhost and 127.0.0.1.
    """
    host, own = current.request.env.http_host or '', _url().partition('://')[2]
    names = site.names(current.settings.host.names)
    is_known = not own or _is_named(names) or (addresses.is_loopback(own) and addresses.is_loopback(host))
    asked = host.lower() if is_known and site.is_host(host) else ''
    return [one for one in dict.fromkeys((own, asked)) if one]


def _is_named(names):
    host = (current.request.env.http_host or '').lower()
    usual = ':443' if is_https() else ':80'
    asked = (host, host[:-len(usual)] if host.endswith(usual) else host)
    return any(name.fullmatch(one) for name in names for one in asked) or host == _url().partition('://')[2]


def _comes_from_here():
    env = current.request.env
    return all(map(addresses.is_loopback, (env.remote_addr, env.http_host))) and not any(map(env.get, OF_PROXIES))


def _whence():
    """Return what tells the client's address, as addresses.client_of() takes it."""
    env, settings = current.request.env, getattr(current, 'settings', None)
    forwarded = env.http_x_forwarded_for
    return env.remote_addr or '', [forwarded] if forwarded else [], settings.realtime.trusted_proxies if settings else site.LOOPBACK


def _url():
    settings = getattr(current, 'settings', None)   # none while they can't be read
    return settings.host.url if settings else ''


@functools.lru_cache(1)
def _warn_of_silent_proxy():
    logging.getLogger('web2py.app.messenger').warning(
        'Pages come through a proxy that sends no X-Forwarded-For: to the limits everybody is one address.')
