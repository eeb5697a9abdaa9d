"""Rounds against the real sidecar, short ones: that they measure, that they check, and that a check which fails ends the command."""
import pytest
from ours import checked
from referee import build, rounds
from referee.lines import OURS, Scenario

MESSAGES = 200


@pytest.fixture(scope='module')
def loadgen(tmp_path_factory):
    path = tmp_path_factory.mktemp('built') / 'loadgen'
    try:
        build.compile_to(path)
    except build.NotBuilt as error:
        pytest.skip(str(error))
    return path


@pytest.mark.parametrize('load', ['--mode dm --clients 6 --window 2', '--mode dm --clients 6 --rate 100', '--mode fanout --clients 5'])
def test_a_round_of_ours_is_measured_and_checked(loadgen, load):
    from places import ROOT
    competition = rounds.Competition(loadgen, {OURS: ROOT}, rounds.Pace(1, 0.3, 0.1), print)
    figures = {OURS: []}
    competition.one('short', Scenario('short', load), OURS, 1, figures)
    (found,) = figures[OURS]
    assert found['checked'] == found['sent'] > 0 and found['cpu_us_per_msg'] >= 0 and found['rss_after_mib'] > 10


def test_members_who_repeat_themselves_and_are_refused_are_checked_though_the_sidecar_is_killed():
    found = checked.round_of(MESSAGES, is_killed=True)
    assert found['faults'] == [] and found['rows'] == MESSAGES
    assert found['repeats'] + found['conflicts'] + found['refusals'] > 0


@pytest.mark.parametrize(('name', 'said'), [('on_message', '0 arrivals of'), ('on_ack', 'did not come to an end')])
def test_a_client_that_is_not_told_is_found(monkeypatch, name, said):
    """As if a server had told everybody but client 3."""
    told = getattr(checked.Talker, name)
    monkeypatch.setattr(checked, 'PATIENCE', 3)
    monkeypatch.setattr(checked.Talker, name, lambda self, frame: None if self.client == 3 else told(self, frame))
    assert any(said in fault for fault in checked.round_of(MESSAGES, is_killed=False)['faults'])


def test_without_a_compiler_it_says_so_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.delenv('CC', raising=False)
    with pytest.raises(build.NotBuilt, match=r'^the load generator is written in C and there is no C compiler \(.*\)\.$'):
        build.compile_to(tmp_path / 'loadgen')


def test_a_peer_that_cannot_be_started_is_left_out_and_said_to_be(monkeypatch):
    said, figures = [], {}
    monkeypatch.setattr(rounds.servers.folders, 'PEERS_PYTHON', '/nonexistent/python')
    competition = rounds.Competition('loadgen', {}, rounds.Pace(1), said.append)
    competition.one('dm1', Scenario('x', '--mode dm --clients 2'), 'naive', 1, figures)
    assert said == ['naive:FULL is left out: python is not installed'] and figures == {} and 'naive' in competition.left_out
