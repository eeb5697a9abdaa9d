"""Demo members: their passwords lie in a file and on a terminal, so they may log in only where nobody else can reach the site."""
import ipaddress

DEMO_DOMAIN = '@demo.invalid'


def _is_loopback(address):
    try:
        return ipaddress.ip_address((address or '').strip('[]')).is_loopback
    except ValueError:
        return address == 'localhost'


def is_only_this_machine():
    """Whether the web server listens on loopback only and this request comes from there, not through a proxy; unknown is no."""
    options = request.global_settings.cmd_options
    listening = [interface[0] for interface in options.interfaces or ()] or [options.ip] if options else [None]
    host = (request.env.http_host or '').rpartition(':')[0] or request.env.http_host
    return all(map(_is_loopback, [*listening, request.client, host]))


def _refuse_demo(form):
    name = 'username' if settings.auth.username else 'email'
    known = db.auth_user(**{name: form.vars[name]})
    if known and known.email.endswith(DEMO_DOMAIN) and not is_only_this_machine():
        form.errors[name] = T('Demo members can log in only on the machine that the site runs on.')


auth.settings.login_onvalidation.append(_refuse_demo)
