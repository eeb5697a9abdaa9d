"""Settings: defaults, appconfig.ini, environment."""
import pytest
from messenger_core import settings
from messenger_core.errors import SettingsError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'private').mkdir()
    return tmp_path


def write(folder, text):
    (folder / 'private' / 'appconfig.ini').write_text(text, encoding='utf-8')


def test_everything_has_a_default_without_a_file(tmp_path):
    configuration = settings.load(tmp_path, {})
    assert configuration.db.uri == 'sqlite://messenger.sqlite'
    assert configuration.realtime.port == 8001


def test_the_file_overrides_defaults_and_the_environment_overrides_the_file(folder):
    write(folder, '[realtime]\nport = 9000\nburst = 7\n[app]\nname = Über uns 100 %\n')
    configuration = settings.load(folder, {'MESSENGER_REALTIME_PORT': '9100'})
    assert (configuration.realtime.port, configuration.realtime.burst, configuration.app.name) == (9100, 7, 'Über uns 100 %')


def test_sections_and_keys_of_the_site_itself_are_left_alone(folder):
    write(folder, '[scheduler]\nenabled = true\n[app]\nauthor = me\n')
    assert settings.load(folder, {}).app.name == 'Messenger'


@pytest.mark.parametrize('line', ['port = eight', 'port = -1', 'burst = 1.5', 'ping_seconds = nan', 'outbox_bites = 5'])
def test_a_value_of_the_wrong_kind_or_an_unknown_key_is_named_in_the_error(folder, line):
    write(folder, '[realtime]\n%s\n' % line)
    with pytest.raises(SettingsError, match=line.split()[0]):
        settings.load(folder, {})


def test_a_file_that_is_no_ini_file_is_a_settings_error(folder):
    write(folder, 'port = 8001\n')
    with pytest.raises(SettingsError, match='appconfig'):
        settings.load(folder, {})


@pytest.mark.parametrize(('text', 'value'), [('yes', True), ('TRUE', True), ('0', False), ('off', False)])
def test_switches_are_words(folder, text, value):
    write(folder, '[db]\nmigrate = %s\n' % text)
    assert settings.load(folder, {}).db.migrate is value


@pytest.mark.parametrize(('lines', 'words'), [
    ('[session]\nstore = files', 'one of file, db, cookie, redis'), ('[session]\nstore = cookie', 'cookie_key'),
    ('[session]\nstore = redis\ncheck_client = true', 'check_client'), ('[session]\ntablename = a; DROP', 'no name'),
    ('[session]\ntablename =', 'no name'), ('[auth]\nmasterapp = ../site', 'no name'), ('[session]\ncompression_level = 10', '0 to 9'),
    ('[session]\ncookie_session_seconds = 0', 'more than 0'), ('[auth]\nexpiration = 0', 'more than 0'),
    ('[session]\nseparate = maybe', 'separate')])
def test_what_would_leave_it_open_where_the_sessions_are_is_refused_in_a_sentence(folder, lines, words):
    write(folder, lines + '\n')
    with pytest.raises(SettingsError, match=words) as refused:
        settings.load(folder, {})
    assert '\n' not in str(refused.value) and str(refused.value).endswith('.')


@pytest.mark.parametrize('name', ['Message', 'message-2', 'a.b', '2nd', '', 'messenger_feed', 'auth_user', 'message; DROP TABLE x'])
def test_the_table_of_messages_has_a_name_that_is_free_and_needs_no_quotes(folder, name):
    write(folder, '[db]\nmessage_table = %s\n' % name)
    with pytest.raises(SettingsError, match='message_table'):
        settings.load(folder, {})


def test_members_of_another_application_come_from_a_database_that_is_named(folder):
    write(folder, '[auth]\nmasterapp = site\n')
    with pytest.raises(SettingsError, match=r'application site .* must be named in \[db\] uri'):
        settings.load(folder, {})


def test_sessions_and_accounts_may_have_settings_of_the_site_itself(folder):
    write(folder, '[session]\nstore = db\nnote = ours\n[auth]\nmasterapp = site\nhmac = x\n[db]\nuri = sqlite://site.sqlite\n')
    loaded = settings.load(folder, {})
    assert (loaded.session.store, loaded.auth.masterapp) == ('db', 'site')


@pytest.mark.parametrize('line', [
    'accent = red', 'accent = #fff', 'accent = #22614g', 'accent = #22614f; color: red', 'accent = 22614f', 'logo = https://x.example/a.png',
    'logo = //x.example/a.png', 'logo = ../a.png', 'logo = /static/../../a.png', 'logo = "a.png"', 'logo = a b.png', 'logo = a\\b.png',
    'logo = data:image/png;base64,x', 'logo = /', 'logo = a.png#x', 'logo = /über.png'])
def test_a_colour_or_an_image_that_no_page_could_show_is_refused_in_a_sentence(folder, line):
    write(folder, '[app]\n%s\n' % line)
    with pytest.raises(SettingsError, match=r'\[app\] %s' % line.split()[0]) as refused:
        settings.load(folder, {})
    assert '\n' not in str(refused.value) and str(refused.value).endswith('.')


@pytest.mark.parametrize(('accent', 'logo'), [
    ('', ''), ('#ABCdef', 'images/logo.svg'), ('#000000', '/logo.png'), ('#ffffff', '/site/static/_1.2.3/our-logo.png?v=2%20a')])
def test_the_colour_and_the_logo_of_a_site_are_taken(folder, accent, logo):
    write(folder, '[app]\naccent = %s\nlogo = %s\n' % (accent, logo))
    app = settings.load(folder, {}).app
    assert (app.accent, app.logo) == (accent, logo)


def test_by_default_what_is_promised_in_seconds_is_kept(tmp_path):
    by_default = settings.load(tmp_path, {})
    live = by_default.realtime
    assert live.recheck_seconds < 60 and by_default.session.cookie_session_seconds <= 15 * 60, 'revoked in time'
    assert live.poll_seconds <= 0.05 and live.timer_seconds <= 2, 'what others write is found in time'
    assert 2 * live.ping_seconds < live.idle_seconds <= 60, 'the dead are found in time, and the living are not among them'
    assert live.drain_seconds + live.close_seconds < 10, 'it stops in time'
    assert by_default.auth.attempts_per_minute >= 10, 'nobody is kept out who mistypes a password'
