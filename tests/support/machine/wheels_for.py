"""Asks the package index once which wheels there are, and pip which of them it would take for other Pythons; downloads none.

Reads {release of a Python: {name: version}} and writes {release: {name: [[version, hash]]}}, both as JSON.
"""
import json
import logging
import sys

from packaging.tags import platform_tags
from pip._internal.commands import create_command
from pip._internal.models.target_python import TargetPython


def target(release):
    version = tuple(map(int, release.split('.')))
    return TargetPython(list(platform_tags()), version, ['cp%d%d' % version[:2], 'abi3', 'none'], 'cp')


def read_each_page_once(collector, pages):
    plain = collector.fetch_response

    def fetch(location):
        if location.url not in pages:
            pages[location.url] = plain(location)
            if pages[location.url]:
                pages[location.url].cache_link_parsing = True
        return pages[location.url]
    collector.fetch_response = fetch


def look_at_one_version_only(finder, versions):
    """Of thousands of files pip would compare the tags of each."""
    plain = finder.evaluate_links

    def evaluate(evaluator, links):
        return plain(evaluator, [link for link in links if '-%s-' % versions[evaluator.project_name] in link.filename])
    finder.evaluate_links = evaluate


def main():
    logging.basicConfig()
    command = create_command('download')
    options, _ = command.parse_args(['--only-binary', ':all:', '--disable-pip-version-check', '--retries', '2', 'anything'])
    found, pages = {}, {}
    with command.main_context():
        session = command.get_default_session(options)
        for release, versions in json.load(sys.stdin).items():
            finder = command._build_package_finder(options, session, target(release))
            read_each_page_once(finder._link_collector, pages)
            look_at_one_version_only(finder, versions)
            found[release] = {name: [(str(one.version), one.link.hash) for one in finder.find_all_candidates(name)] for name in versions}
    json.dump(found, sys.stdout)


main()
