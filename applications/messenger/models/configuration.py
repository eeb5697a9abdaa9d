"""The settings of the site, and what they and the product decide about web2py itself."""
from messenger_core import settings as configuration

T.is_writable = False       # web2py would rewrite languages/*.py while it serves
T.current_languages = []    # ... and, taking English for the language of the keys, leave out what languages/en.py says
response.generic_patterns = []
response.form_label_separator = ''

settings = or_later(configuration.load, request.folder)

if request.is_https:
    request.env.wsgi_url_scheme = 'https'  # behind a proxy that speaks TLS, links in mails would say http
