"""What `./setup_env.sh bench` is asked for, and that it answers before anything is installed."""
import subprocess
import sys

import pytest
from places import ROOT
from referee import options
from referee.lines import LINES, NAMES, OF_PROGRAMS, OURS, QUICK, SCENARIOS, TITLES, judged

NO_HOME = '/nonexistent/home'


def test_without_a_name_all_of_them_are_measured_and_written_down():
    asked = options.parse([])
    assert asked.names == list(NAMES) and asked.rounds == 5 and asked.checkouts == {OURS: ROOT}
    assert asked.document == ROOT / 'docs' / 'performance.md'


def test_names_are_taken_in_the_order_of_the_table():
    assert options.parse(['dm16', 'growth', 'rate500', 'postgresql']).names == ['rate500', 'dm16', 'postgresql', 'growth']
    rates = [name for name in NAMES if name.startswith('rate')]
    assert list(NAMES)[:len(rates)] == rates


def test_a_quick_run_is_shorter_and_leaves_the_document_alone():
    asked = options.parse(['--quick'])
    assert asked.names == [name for name in NAMES if name in QUICK] and asked.rounds < 5 and asked.document is None
    assert options.parse(['--quick', 'flat', '--rounds', '3']).names == ['flat']
    assert options.parse(['--quick', '--rounds', '3']).rounds == 3


def test_another_checkout_is_measured_in_the_place_of_this_one_or_beside_it(tmp_path):
    (tmp_path / 'websocket_server.py').touch()
    assert options.parse(['--checkout', str(tmp_path)]).checkouts == {OURS: tmp_path}
    beside = options.parse(['--checkout', 'before=%s' % tmp_path])
    assert beside.checkouts == {OURS: ROOT, 'before': tmp_path} and beside.document is None


@pytest.mark.parametrize(('words', 'said'), [
    (['dm2'], 'there is no dm2; there are rate500, '), (['dm1', '--rounds', '0'], "'0' is no number of rounds"),
    (['--peers', 'erlang'], 'there is no peer erlang; there are ours, node'), (['--checkout', 'x=/nonexistent'], 'is no checkout')])
def test_what_there_is_not_is_said_to_be(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        options.parse(words)
    assert ended.value.code == 2 and said in capsys.readouterr().err


def command(*arguments):
    return subprocess.run([sys.executable, 'deploy/bench.py', *arguments], cwd=ROOT, env={'MESSENGER_HOME': NO_HOME},
                          capture_output=True, text=True, timeout=60)


def test_help_and_mistakes_are_answered_before_anything_is_installed():
    helped, mistaken = command('--help'), command('dm2')
    assert helped.returncode == 0 and all(name in helped.stdout for name in NAMES)
    assert mistaken.returncode == 2 and 'there is no dm2' in mistaken.stderr


def test_each_line_of_the_table_is_of_a_scenario_and_of_a_peer_that_takes_part():
    for line in LINES:
        scenario = SCENARIOS[line.scenario]
        assert line.peer in (None, *OF_PROGRAMS, *scenario.peers) and (line.peer is None or line.peer in TITLES)
        assert (line.moonshot < line.must) == (line.sign == '≤')
    asked_for = [scenario for scenarios in NAMES.values() for scenario in scenarios]
    assert sorted(asked_for) == sorted(SCENARIOS)
    assert {line.scenario for line in LINES} == set(SCENARIOS)
    assert judged('dm1') == ('node', 'ceil-thread') and judged('rate500') == ('node-group',) and judged('form') == ()
