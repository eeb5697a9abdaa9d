"""`./setup_env.sh test core`: which part of the suite is meant by a word."""
import pytest
from run_tests import paths


@pytest.mark.parametrize(('asked', 'meant'), [
    ([], []),
    (['core'], ['tests/core']), (['deploy'], ['tests/deploy']), (['tests/core'], ['tests/core']),
    (['live/wire', 'core/test_text.py'], ['tests/live/wire', 'tests/core/test_text.py']),
    (['core/test_text.py::test_one'], ['tests/core/test_text.py::test_one']),
    (['sessions'], ['tests/live/sessions']),
    (['messenger_core/feed'], ['tests/core/feed']), (['messenger_web'], ['tests/web']), (['limits'], ['tests/live/test_limits.py']),
    (['static/js/wire'], ['tests/browser/wire', 'tests/js/wire', 'tests/live/wire']),
    (['list/model'], ['tests/browser/list', 'tests/js/list']),
    (['applications/messenger/modules/messenger_live/wire'], ['tests/live/wire']), (['--basetemp', 'core'], ['--basetemp', 'core']),
    (['thread'], ['tests/browser/thread', 'tests/js/thread']),
    (['-k', 'core', 'feed', '--rounds', '8'], ['-k', 'core', 'tests/core/feed', '--rounds', '8']),
    (['-x', 'core', '--durations=9'], ['-x', 'tests/core', '--durations=9']),
    (['no_such_room'], ['no_such_room']), (['/tmp'], ['/tmp'])])
def test_a_word_is_a_room_or_a_path(asked, meant):
    assert paths(asked) == meant
