"""What may be asked of `./setup_env.sh bench`. Read before anything is installed, so with Python's own modules alone."""
import argparse
from pathlib import Path

from .folders import ROOT
from .lines import NAMES, OF_PROGRAMS, OURS, QUICK, SCENARIOS, TITLES

ROUNDS, QUICK_ROUNDS = 5, 2
DOCUMENT = ROOT / 'docs' / 'performance.md'


def parse(arguments):
    names = '\n'.join('  %-11s %s' % (name, '; '.join(SCENARIOS[one].what for one in scenarios) or 'pictures: throughput, p99 and memory '
                                      'against clients, messages and conversations') for name, scenarios in NAMES.items())
    parser = argparse.ArgumentParser(
        prog='./setup_env.sh bench', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Measure the messenger and its peers in turn, check that nothing is lost, doubled or out of order, and print a table.',
        epilog='names (all of them without one):\n%s\n\nIt ends with 1 if a check fails. Nothing else should run meanwhile.' % names)
    parser.add_argument('names', nargs='*', metavar='name', help='what to measure; see below')
    parser.add_argument('--rounds', type=positive, help='rounds of each (%d; %d with --quick)' % (ROUNDS, QUICK_ROUNDS))
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds of %s, in about three minutes; '
                        'the document is left alone' % ', '.join(QUICK))
    parser.add_argument('--peers', help='these alone, by commas: %s' % ', '.join(
        name for name in TITLES if name not in (OURS, *OF_PROGRAMS)))
    parser.add_argument('--checkout', action='append', metavar='[NAME=]FOLDER', default=[], type=checkout,
                        help='measure the product of that checkout instead of this one; named, it takes its turn beside this one')
    parser.add_argument('--document', type=Path, help='where the table is written (%s)' % DOCUMENT.relative_to(ROOT))
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error('there is no %s; there are %s' % (', '.join(unknown), ', '.join(NAMES)))
    options.peers = options.peers.split(',') if options.peers is not None else None
    strange = [name for name in options.peers or () if name and name not in TITLES]
    if strange:
        parser.error('there is no peer %s; there are %s' % (', '.join(strange), ', '.join(TITLES)))
    return completed(options)


def completed(options):
    """Fill in what follows from the rest."""
    # In the order of the table whatever the order asked for: rates come first.
    options.names = [name for name in NAMES if name in (options.names or (QUICK if options.quick else NAMES))]
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    options.checkouts = {OURS: ROOT, **dict(options.checkout)}
    options.document = options.document or (None if options.quick or options.checkout else DOCUMENT)
    return options


def checkout(text):
    name, _, folder = text.rpartition('=')
    if not (Path(folder) / 'websocket_server.py').exists():
        raise argparse.ArgumentTypeError('%s is no checkout of the messenger' % folder)
    return name or OURS, Path(folder).resolve()


def positive(text):
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError('%r is no number of rounds' % text)
    return int(text)
