"""Rounds of torture, SQLite and PostgreSQL in turn; a round that fails says its seed. Options: tests/conftest.py."""
from .rounds import LEAST_SECONDS, LEAST_SENDS, play


def test_whatever_breaks_acked_is_stored_stored_is_seen_once_and_nobody_sees_a_strangers(turn, request, node, tell):
    site = request.getfixturevalue('postgresql_site' if turn % 2 else 'sqlite_site')
    one = play(site, node, turn + 1, request.config.first_seed + turn)
    tell(one)
    assert not one.violations, '\n'.join([one.line, *map(str, one.violations), site.stack.logs()])
    kinds = {fault.split()[0] for fault in one.faults}
    assert 'kill' in kinds and len(kinds) > 1 and one.seconds >= LEAST_SECONDS and len(one.sends) >= LEAST_SENDS, one.line
