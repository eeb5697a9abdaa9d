"""The settings of one install: defaults, then private/appconfig.ini, then the environment (MESSENGER_<SECTION>_<KEY>).

Read by the web2py models and by the sidecar alike. Seconds, bytes and counts; every limit and time constant of the product stands here.
"""
import configparser
import os
import re
from types import SimpleNamespace

from . import site
from .errors import SettingsError

DEFAULTS = {
    'app': {'name': 'Messenger', 'logo': '', 'accent': ''},
    'host': {'url': '', 'names': ''},
    'db': {'uri': 'sqlite://messenger.sqlite', 'migrate': True, 'pool_size': 10, 'busy_seconds': 5.0, 'answer_seconds': 10.0,
           'legacy_timezone': '', 'message_table': 'message'},
    'auth': {
        'username': False, 'registration_requires_verification': False, 'registration_requires_approval': False,
        'attempts_per_minute': 30, 'guests_per_second': 10.0, 'guests_burst': 4, 'guests_wait_seconds': 1.0,
        'masterapp': '', 'expiration': 28_800, 'form_seconds': 14_400,
    },
    'limits': {
        'account_bytes': 16_384, 'form_bytes': 1_048_576, 'import_bytes': 16_777_216, 'fields': 300,
        'address_bytes': 16_384, 'cookie_bytes': 16_384, 'body_seconds': 10.0, 'bodies_at_once': 4,
    },
    'retention': {'events_days': 90},
    'search': {'seconds': 0.5},
    'smtp': {'server': '', 'sender': '', 'login': '', 'tls': True, 'ssl': False, 'seconds': 10.0, 'again_seconds': 60.0, 'waiting': 100},
    'session': {
        'store': 'file', 'separate': False, 'check_client': False,
        'uri': '', 'tablename': 'web2py_session',
        'cookie_key': '', 'compression_level': 0, 'cookie_session_seconds': 900.0,
        'redis_url': 'redis://127.0.0.1:6379/0', 'redis_seconds': 1.0, 'session_expiry': 0, 'tidy': True, 'flash_seconds': 60,
    },
    'realtime': {
        'url': '', 'port': 8001, 'monitor_port': 8002, 'origins': '', 'trusted_proxies': site.LOOPBACK, 'log_format': 'text',
        'content': 10_000, 'message_bytes': 131_072, 'message_fragments': 64,
        'sends_per_second': 5.0, 'burst': 30, 'bad_messages_per_minute': 10, 'refusals_per_minute': 100,
        'questions_per_second': 20.0, 'questions_burst': 100,
        'new_conversations_per_day': 50, 'new_conversations_per_day_young': 10, 'young_days': 3.0,
        'connections': 20, 'connections_per_address': 200, 'connections_in_all': 10_000,
        'handshakes_per_address': 100, 'handshakes_in_all': 2_000,
        'outbox_bytes': 1_048_576, 'outbox_frames': 2_000, 'volatile_bytes': 65_536,
        'sends_in_flight': 64, 'sends_waiting': 1_000, 'sends_waiting_in_all': 5_000, 'jobs_waiting': 10_000,
        'commit_delay_seconds': 0.0005,
        'handshake_seconds': 5.0, 'frame_seconds': 10.0, 'stuck_seconds': 5.0, 'close_seconds': 1.0, 'unacked_seconds': 30.0,
        'ping_seconds': 25.0, 'idle_seconds': 60.0, 'recheck_seconds': 30.0, 'drain_seconds': 8.0,
        'tick_seconds': 1.0, 'pause_seconds': 3.0, 'poll_seconds': 0.03, 'timer_seconds': 1.0, 'delivered_seconds': 5.0,
        'typing_seconds': 3.0, 'offline_seconds': 10.0, 'look_seconds': 20.0, 'prune_seconds': 3_600.0,
    },
}

FILE = os.path.join('private', 'appconfig.ini')
RELEASE = 8     # of the modules, as models/db.py expects them
STORES = ('file', 'db', 'cookie', 'redis')
LOG_FORMATS = ('text', 'json')
NAMES = re.compile(r'[A-Za-z]\w*', re.ASCII)
TABLE_NAMES = re.compile('[a-z][a-z0-9_]{0,39}', re.ASCII)
NOT_FOR_MESSAGES = {'auth_user', *('messenger_' + name for name in (
    'conversation', 'participant', 'event', 'feed', 'preference', 'member', 'aside', 'reaction', 'hidden', 'words'))}
COLOURS = re.compile('#[0-9a-fA-F]{6}')
# Below the site or below its static/: the policy of the pages lets nothing in from elsewhere.
IMAGES = re.compile(r'/?[\w.~%+-]+(/[\w.~%+-]+)*(\?[\w.~%&=+-]*)?', re.ASCII)
TRUE, FALSE = {'1', 'true', 'yes', 'on'}, {'0', 'false', 'no', 'off', ''}


def load(folder, environ=os.environ):
    """Return the settings of the application in `folder` as one namespace a section.

    Raises SettingsError for a value of the wrong kind and for an unknown key in [realtime]; other sections may hold the site's own keys.
    """
    written = _read(os.path.join(folder, FILE))
    unknown = set(written.get('realtime', ())) - set(DEFAULTS['realtime'])
    if unknown:
        raise SettingsError('appconfig.ini: [realtime] has no setting called %s.' % ', '.join(sorted(unknown)))
    settings = SimpleNamespace(**{
        section: SimpleNamespace(**{
            key: _value(section, key, default, written.get(section, {}), environ) for key, default in defaults.items()})
        for section, defaults in DEFAULTS.items()})
    site.check(settings)
    _check_brand(settings.app)
    _check_sessions(settings.session, settings.auth)
    _check_database(settings.db, settings.auth)
    if not settings.search.seconds:
        raise SettingsError('The setting [search] seconds must be more than 0.')
    if settings.realtime.log_format not in LOG_FORMATS:
        raise SettingsError('The setting [realtime] log_format is %r; it must be one of %s.' % (
            settings.realtime.log_format, ', '.join(LOG_FORMATS)))
    return settings


def _check_brand(app):
    if app.accent and not COLOURS.fullmatch(app.accent):
        raise SettingsError('The setting [app] accent is %r; it must be a colour like #22614f.' % app.accent)
    if app.logo and (not IMAGES.fullmatch(app.logo) or '..' in app.logo):
        raise SettingsError('The setting [app] logo is %r; it must be an image on this site, like images/logo.svg or /logo.png.' % app.logo)


def _check_database(db, auth):
    if not TABLE_NAMES.fullmatch(db.message_table) or db.message_table in NOT_FOR_MESSAGES:
        raise SettingsError('The setting [db] message_table is %r; it must be a name of small letters, digits and _, and none that the '
                            'messenger has for another table.' % db.message_table)
    if auth.masterapp and db.uri == DEFAULTS['db']['uri']:
        raise SettingsError('The members are those of the application %s ([auth] masterapp): its database must be named in [db] uri.'
                            % auth.masterapp)


def _check_sessions(session, auth):
    """Raise SettingsError for what would leave it open where the sessions are: web2py itself takes any value, and looks somewhere else."""
    for section, key, value in (('auth', 'masterapp', auth.masterapp), ('session', 'tablename', session.tablename)):
        if not NAMES.fullmatch(value) and (value or key == 'tablename'):
            raise SettingsError('The setting [%s] %s is %r, which is no name: letters, digits and _ only.' % (section, key, value))
    if session.store not in STORES:
        raise SettingsError('The setting [session] store is %r; it must be one of %s.' % (session.store, ', '.join(STORES)))
    if session.store == 'cookie' and not session.cookie_key:
        raise SettingsError('Sessions in cookies ([session] store = cookie) need a secret in [session] cookie_key.')
    if session.check_client and session.store != 'file':
        raise SettingsError('[session] check_client works with sessions in files only, as in web2py.')
    if session.compression_level > 9:
        raise SettingsError('The setting [session] compression_level is %d; it must be 0 to 9.' % session.compression_level)
    if not session.cookie_session_seconds or not session.redis_seconds or not auth.expiration:
        raise SettingsError('[session] cookie_session_seconds and redis_seconds, and [auth] expiration, must be more than 0.')


def _read(path):
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding='utf-8')
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        raise SettingsError('appconfig.ini cannot be read: %s' % str(error).splitlines()[0]) from error
    return {section: dict(parser[section]) for section in parser.sections()}


def _value(section, key, default, written, environ):
    text = environ.get('MESSENGER_%s_%s' % (section.upper(), key.upper()), written.get(key))
    if text is None:
        return default
    try:
        return _convert(text.strip(), type(default))
    except ValueError as error:
        raise SettingsError('The setting [%s] %s is %r, which is not %s.' % (section, key, text, _kind(default))) from error


def _convert(text, kind):
    if kind is bool:
        if text.lower() not in TRUE | FALSE:
            raise ValueError(text)
        return text.lower() in TRUE
    value = kind(text)
    if kind is not str and not 0 <= value < float('inf'):
        raise ValueError(text)
    return value


def _kind(default):
    return {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'text'}[type(default)]
