"""What the layout shows around every page: title, menu and which release of the static files."""
import os

response.title = settings.app.name


def _newest(name):
    """When a static file in that folder, or below it, was last changed, in nanoseconds."""
    return max((os.stat(os.path.join(folder, file)).st_mtime_ns
                for folder, _, files in os.walk(os.path.join(request.folder, 'static', name)) for file in files), default=0)


_changed = max(_newest('css'), _newest('js'))
# Part of the files' address, so that browsers may keep them and still get every new one.
response.static_version = '0.1.%d' % (max(_changed, _newest('images')) // 10**9)
# What deploy/pack.py has made of them is as old as the newest of them, or it is made of others.
response.is_packed = _newest('packed') == _changed
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
