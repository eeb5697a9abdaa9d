"""What the layout shows around every page: title, menu and which release of the static files."""
import os

response.title = settings.app.name


def _newest(*folders):
    """When a static file was last changed: part of their address, so that browsers may keep them and still get every new one."""
    found = [entry.stat().st_mtime for folder in folders if os.path.isdir(folder) for entry in os.scandir(folder)]
    return int(max(found, default=0))


response.static_version = '0.1.%d' % _newest(*(os.path.join(request.folder, 'static', name) for name in ('css', 'js', 'images')))
response.static_version_urls = True


def _entry(label, controller, function, *args):
    here = (request.controller, request.function) == (controller, function) and request.args[:len(args)] == list(args)
    return (label, here, URL(controller, function, args=args), [])


if auth.user:
    response.menu = [
        _entry(T('Inbox'), 'messaging', 'index'),
        _entry(T('Chat'), 'messaging', 'chat'),
        _entry(T('Account'), 'default', 'account'),
        _entry(T('Log out'), 'default', 'user', 'logout')]
else:
    response.menu = [
        _entry(T('Log in'), 'default', 'user', 'login'),
        _entry(T('Register'), 'default', 'user', 'register')]
