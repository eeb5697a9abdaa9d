"""What setup_env.sh says when it can't: one line on stderr, a status other than 0, and nothing half-done that counts as done."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from trying import ROOT, Running, assert_fails_with, base_python, environment, free_port, setup_env, without_network

BASH = shutil.which('bash')


def program(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text('#!/bin/sh\n' + text + '\n')
    path.chmod(0o755)
    return path


def test_without_python_it_says_which_versions_it_needs(checkout, tmp_path):
    done = subprocess.run([BASH, checkout / 'setup_env.sh', 'run'], env={'PATH': str(tmp_path)}, capture_output=True, text=True)
    assert_fails_with(done, 'Python 3.9 to 3.13', 'none found')


@pytest.mark.parametrize('version', ['2.7', '3.6', '3.8', '3.14'])
def test_a_python_of_another_age_is_named(checkout, tmp_path, version):
    old = program(tmp_path / 'old', f'echo {version}')
    assert_fails_with(setup_env(checkout, 'run', PYTHON=old, MESSENGER_HOME=tmp_path / 'home'), f'{old} is Python {version}')


def test_an_old_python3_on_the_path_is_named_too(checkout, tmp_path):
    program(tmp_path / 'bin' / 'python3', 'echo 3.6')
    done = subprocess.run([BASH, checkout / 'setup_env.sh', 'run'], env={'PATH': str(tmp_path / 'bin')}, capture_output=True, text=True)
    assert_fails_with(done, 'python3 is Python 3.6')


def test_a_python_without_venv_is_named_with_the_remedy(checkout, tmp_path):
    bare = program(tmp_path / 'bare', 'case "$2" in *ensurepip*) exit 1 ;; *) echo 3.11 ;; esac')
    assert_fails_with(setup_env(checkout, 'run', PYTHON=bare, MESSENGER_HOME=tmp_path / 'home'), str(bare), 'apt install python3-venv')


def test_a_chosen_python_that_does_not_start_is_named(checkout, tmp_path):
    shim = program(tmp_path / 'shim', "echo 'command not found' >&2; exit 127")
    assert_fails_with(setup_env(checkout, 'run', PYTHON=shim, MESSENGER_HOME=tmp_path / 'home'), f"PYTHON={shim} doesn't start")


def test_a_shim_that_does_not_start_is_passed_over_and_a_half_made_virtualenv_made_again(checkout, tmp_path):
    program(tmp_path / 'bin' / 'python3.11', 'exit 127')
    program(tmp_path / 'bin' / 'python3.10', f'exec "{base_python()}" "$@"')
    home = tmp_path / 'home'
    (home / 'venv' / 'bin').mkdir(parents=True)
    program(home / 'venv' / 'bin' / 'python', 'exit 1')
    path = f'{tmp_path / "bin"}:{os.environ["PATH"]}'
    done = setup_env(checkout, 'run', '--port', 'none', PATH=path, MESSENGER_HOME=home)
    assert 'making a virtualenv' in done.stdout
    assert "isn't a port" in done.stderr
    assert (home / 'venv' / 'made').exists()


@pytest.mark.parametrize('arguments', [[], ['help'], ['--help'], ['-h']])
def test_help_needs_nothing_and_makes_nothing(checkout, tmp_path, arguments):
    done = setup_env(checkout, *arguments, MESSENGER_HOME=tmp_path / 'home')
    assert done.returncode == 0
    assert 'setup_env.sh run' in done.stdout
    assert not (tmp_path / 'home').exists()


def test_an_unknown_command_is_refused(checkout, tmp_path):
    done = setup_env(checkout, 'rum', MESSENGER_HOME=tmp_path / 'home')
    assert_fails_with(done, "unknown command 'rum'")
    assert not (tmp_path / 'home').exists()


@pytest.mark.parametrize('option', ['--port', '--ws-port'])
def test_a_port_that_is_taken_is_named(ready_checkout, option):
    ports = {'--port': free_port(), '--ws-port': free_port()}
    with socket.create_server(('127.0.0.1', 0)) as other:
        ports[option] = other.getsockname()[1]
        done = setup_env(ready_checkout, 'run', *(str(word) for pair in ports.items() for word in pair))
    assert_fails_with(done, f'port {ports[option]} ', option)


def test_a_folder_that_is_not_writable_is_named():
    """Run as an ordinary user who doesn't own the checkout: root may write everywhere."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / 'setup_env.sh', folder)
        program(folder / 'bin' / 'python3', 'echo 3.11')
        folder.chmod(0o555)
        nobody = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
        settings = environment(PATH=f'{folder / "bin"}:{os.environ["PATH"]}', PYTHON=folder / 'bin' / 'python3')
        done = subprocess.run([BASH, folder / 'setup_env.sh', 'run'], env=settings, cwd='/', capture_output=True, text=True, **nobody)
        assert_fails_with(done, f"can't write in {folder}/.messenger")
        folder.chmod(0o755)


def test_without_a_network_it_says_so_and_two_at_once_do_not_disturb_each_other(checkout, tmp_path):
    home = tmp_path / 'home'
    command = [BASH, str(checkout / 'setup_env.sh'), 'run', '--port', str(free_port()), '--ws-port', str(free_port())]
    settings = environment(MESSENGER_HOME=home, PYTHON=base_python(), **without_network())
    with Running(command, env=settings) as one, Running(command, env=settings) as other:
        for each in (one, other):
            assert str(home / 'logs' / 'setup.log') in each.wait_for_line("setup_env.sh: the package registry can't be reached")
            assert each.process.wait(10) == 1
    assert (one.output + other.output).count('making a virtualenv') == 1
    assert not (home / 'venv' / 'installed-requirements.txt').exists()
    assert subprocess.run([home / 'venv' / 'bin' / 'python', '-m', 'pip', '--version'], stdout=subprocess.DEVNULL).returncode == 0
