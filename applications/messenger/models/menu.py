"""What the layout shows around every page: title, menu, how the site looks, and which release of the static files."""
from messenger_web import look

response.title = settings.app.name
if request.extension != 'json':     # what a page asks for again and again has no looks
    response.static_version, response.is_packed = look.release()
    response.static_version_urls = True
    response.logo, response.look = look.logo(), look.links()


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
        *([_entry(T('Register'), 'default', 'user', 'register')] if 'register' not in auth.settings.actions_disabled else [])]
