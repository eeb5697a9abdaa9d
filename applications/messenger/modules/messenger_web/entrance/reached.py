"""How a request has reached the site: from which address, by which name, over which scheme."""
import ipaddress

from gluon import current


def is_only_this_machine():
    """Whether the web server listens on loopback only and this request comes from there, not through a proxy; unknown is no."""
    request = current.request
    options = request.global_settings.cmd_options
    listening = [interface[0] for interface in options.interfaces or ()] or [options.ip] if options else [None]
    host = (request.env.http_host or '').rpartition(':')[0] or request.env.http_host
    return all(map(_is_loopback, [*listening, request.client, host]))


def _is_loopback(address):
    try:
        return ipaddress.ip_address((address or '').strip('[]')).is_loopback
    except ValueError:
        return address == 'localhost'
