"""The trial install's passwords: random, stable, for nobody else's eyes."""

import os

import passwords
import pytest


@pytest.fixture(autouse=True)
def secrets_file(tmp_path, monkeypatch):
    path = tmp_path / 'secrets.ini'
    monkeypatch.setattr(passwords, 'SECRETS', path)
    return path


def test_nobody_else_may_read_them_whatever_the_umask(secrets_file):
    before = os.umask(0)
    try:
        passwords.load()
    finally:
        os.umask(before)
    assert secrets_file.stat().st_mode & 0o777 == 0o600


def test_they_stay_the_same_over_starts():
    assert passwords.load() == passwords.load()


def test_no_two_are_the_same(secrets_file):
    first = passwords.load()
    secrets_file.unlink()
    assert len({*first.values(), *passwords.load().values()}) == 2 * len(passwords.NAMES)


def test_a_missing_one_is_added_and_the_others_kept(secrets_file):
    secrets_file.write_text('[passwords]\nada = chosen by hand\n')
    known = passwords.load()
    assert set(known) == set(passwords.NAMES)
    assert known['ada'] == 'chosen by hand'


def test_each_has_all_kinds_of_signs_and_none_that_look_alike():
    for _ in range(200):
        password = passwords.invent()
        assert len(password) == 19
        assert any(map(str.isdigit, password)) and any(map(str.islower, password)) and any(map(str.isupper, password)) and '-' in password
        assert not set(password) & set('Il1O0o')
