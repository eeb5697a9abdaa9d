"""Every supported Python finds a wheel, with one of the pinned hashes, for each line of the requirements.

pip judges markers by the Python it runs in, whatever --python-version says. So for the other versions the markers are judged here.
"""

import re
import subprocess
import sys

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.tags import platform_tags
from trying import ROOT

LISTS = ('requirements.txt', 'requirements-postgresql.txt', 'requirements-mysql.txt', 'requirements-redis.txt', 'requirements-cookies.txt',
         'requirements-web2py.txt', 'requirements-test.txt')
BENCH = ('requirements-bench.txt',)     # in a virtualenv of its own
VERSIONS = ('3.9', '3.10', '3.11', '3.12', '3.13')
AT_HAND = '{}.{}'.format(*sys.version_info[:2])
DOWNLOAD = [sys.executable, '-m', 'pip', 'download', '-q', '--disable-pip-version-check', '--require-hashes', '--only-binary', ':all:']
UNREACHABLE = re.compile(r'NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError|Temporary failure in name')


def pins(name):
    """(requirement, whole line with its hashes), of each line."""
    text = (ROOT / name).read_text().replace('\\\n', ' ')
    for line in text.splitlines():
        line = line.partition('#')[0].strip()
        if line:
            yield Requirement(line.partition('--hash')[0].strip()), line


def wanted(release, lists=LISTS):
    """The lines of the lists that this release of Python installs, freed of their markers."""
    environment = {**default_environment(), 'python_version': release.rpartition('.')[0], 'python_full_version': release}
    lines = {}
    for requirement, line in (pin for name in lists for pin in pins(name)):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            lines[requirement.name] = f'{requirement.name}{requirement.specifier} {line[line.index("--hash") :]}'
    return lines.values()


def download(folder, *arguments):
    done = subprocess.run([*DOWNLOAD, '-d', str(folder), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if UNREACHABLE.search(done.stdout):
        pytest.skip("the package registry can't be reached")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('version', VERSIONS)
def test_each_pin_has_a_wheel_for(version, tmp_path):
    first, last = version + '.0', version + '.99'
    download_for(first, wanted(first), tmp_path / 'first')
    # Some packages ask for a later release of the same version, so the two lists may differ.
    others = [line for line in wanted(last) if line not in wanted(first)]
    if others:
        download_for(last, others, tmp_path / 'last')


def test_each_pin_of_the_bench_has_a_wheel_for_the_python_at_hand(tmp_path):
    release = '{}.{}.{}'.format(*sys.version_info[:3])
    download_for(release, wanted(release, BENCH), tmp_path / 'bench')


def download_for(release, lines, folder):
    folder.mkdir()
    (folder / 'pins.txt').write_text('\n'.join(lines))
    target = ['--python-version', release, '--implementation', 'cp']
    for abi in ('cp' + ''.join(release.split('.')[:2]), 'abi3', 'none'):
        target += ['--abi', abi]
    for platform in platform_tags():
        target += ['--platform', platform]
    download(folder, '--no-deps', *target, '-r', str(folder / 'pins.txt'))
    assert len(list(folder.glob('*.whl'))) == len(lines)


def test_nothing_is_missing_from_the_lists_of_the_python_at_hand(tmp_path):
    """Here pip follows the dependencies itself, and refuses one that isn't pinned."""
    download(tmp_path, '-r', str(ROOT / 'requirements.txt'))
    download(tmp_path, '-r', str(ROOT / 'requirements.txt'), '-r', str(ROOT / 'requirements-test.txt'))


@pytest.mark.parametrize('name', (*LISTS, *BENCH))
def test_every_pin_is_exact_and_has_a_hash(name):
    for requirement, line in pins(name):
        assert [specifier.operator for specifier in requirement.specifier] == ['=='], line
        assert '--hash=sha256:' in line, line


@pytest.mark.parametrize('name', (*LISTS, *BENCH))
def test_the_lists_name_no_registry_and_no_folder_of_somebodys_machine(name):
    for path in (ROOT / name, (ROOT / name).with_suffix('.in')):
        assert not re.search(r'https?://|--(extra-)?index-url|--find-links|(^|\s)/\w', path.read_text())


def test_the_supported_versions_are_the_same_everywhere():
    assert AT_HAND in VERSIONS
    assert 'requires-python = ">=3.9,<3.14"' in (ROOT / 'pyproject.toml').read_text()
    assert ' | '.join(VERSIONS) in (ROOT / 'setup_env.sh').read_text()
