"""Every supported Python finds a wheel, with one of the pinned hashes, for each line of the requirements.

pip judges markers by the Python it runs in, whatever --python-version says. So for the other versions the markers are judged here.
"""

import json
import re
import subprocess
import sys

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from trying import ROOT

LISTS = ('requirements.txt', 'requirements-postgresql.txt', 'requirements-mysql.txt', 'requirements-redis.txt', 'requirements-cookies.txt',
         'requirements-web2py.txt', 'requirements-test.txt')
BENCH = ('requirements-bench.txt',)     # in a virtualenv of its own
VERSIONS = ('3.9', '3.10', '3.11', '3.12', '3.13')
AT_HAND = '{}.{}'.format(*sys.version_info[:2])
DOWNLOAD = [sys.executable, '-m', 'pip', 'download', '-q', '--disable-pip-version-check', '--require-hashes', '--only-binary', ':all:']
RELEASE = '{}.{}.{}'.format(*sys.version_info[:3])
WHEELS_FOR = ROOT / 'tests' / 'support' / 'machine' / 'wheels_for.py'
LEAST = 20      # pins that are installed anywhere
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


def skip_if_unreachable(said):
    if UNREACHABLE.search(said):
        pytest.skip("the package registry can't be reached")


def download(folder, *arguments):
    done = subprocess.run([*DOWNLOAD, '-d', str(folder), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    skip_if_unreachable(done.stdout)
    assert done.returncode == 0, done.stdout


def releases(version):
    """The first and the last: some packages ask for a later release of the same version, so the lists of the two may differ."""
    return version + '.0', version + '.99'


def versions_of(lines):
    return dict(re.match(r'(\S+?)==(\S+)', line).groups() for line in lines)


@pytest.fixture(scope='module')
def offered():
    """{release: {name: [[version, hash] of a wheel that pip would take there]}}, read from the index once for all."""
    asked = {release: versions_of(wanted(release)) for version in VERSIONS for release in releases(version)}
    asked[RELEASE] = versions_of(wanted(RELEASE, LISTS + BENCH))
    done = subprocess.run([sys.executable, str(WHEELS_FOR)], input=json.dumps(asked), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    if not all(wheels for names in found.values() for wheels in names.values()):
        skip_if_unreachable(done.stderr)
    return found


def without_a_wheel(offered, lines):
    """Those of the lines whose version has no wheel there with one of their hashes."""
    left = []
    for line in lines:
        requirement, hashes = Requirement(line.partition('--hash')[0]), set(re.findall('--hash=sha256:([0-9a-f]+)', line))
        if not any(hash in hashes and requirement.specifier.contains(version) for version, hash in offered[requirement.name]):
            left.append(line)
    return left


@pytest.mark.parametrize('version', VERSIONS)
def test_each_pin_has_a_wheel_for(version, offered):
    for release in releases(version):
        assert len(wanted(release)) > LEAST
        assert without_a_wheel(offered[release], wanted(release)) == [], 'on Python ' + release


def test_each_pin_of_the_bench_has_a_wheel_for_the_python_at_hand(offered):
    assert without_a_wheel(offered[RELEASE], wanted(RELEASE, BENCH)) == []


@pytest.mark.parametrize(('right', 'wrong'), [('--hash=sha256:....', '--hash=sha256:0000'), ('==', '==99.')], ids=['hash', 'version'])
def test_a_pin_that_is_wrong_has_none(offered, right, wrong):
    lines = [re.sub(right, wrong, line) for line in wanted(RELEASE)]
    assert without_a_wheel(offered[RELEASE], lines) == lines


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
