"""The messenger and its peers in turn, judged: what `./setup_env.sh bench` runs once everything is installed.

    python bench/compare.py [name …] [--rounds 5] [--quick] [--peers node,…] [--checkout [NAME=]FOLDER]
"""
import interpreter  # noqa: F401

# isort: split
import json
import sys
import time

from referee import build, folders, options, postgresql, rounds, servers, table
from referee.lines import NAMES, SCENARIOS

QUICK = dict(seconds=1.5, warm=0.5, hold=2.0, form=('10',))


def main(arguments):
    asked = options.parse(arguments)
    began = time.monotonic()

    def say(text):
        print('%4.0f s  %s' % (time.monotonic() - began, text), flush=True)
    try:
        figures = measured(asked, say)
    except (build.NotBuilt, servers.NotStarted, rounds.Wrong) as error:
        print('FAILED: %s' % error, file=sys.stderr)
        return 1
    text = report(kept(figures) if asked.document else figures)
    print('\n%s' % text)
    if asked.document:
        table.write(asked.document, text)
        say('written into %s' % asked.document)
    return 0


def measured(asked, say):
    """Return {scenario: {competitor: {figure: median}}}."""
    databases, pace = postgresql.Databases(), rounds.Pace(asked.rounds, **(QUICK if asked.quick else {}))
    competition = rounds.Competition(build.load_generator(), asked.checkouts, pace, say, databases)
    scenarios = [scenario for name in asked.names for scenario in NAMES[name]]
    try:
        if any(SCENARIOS[name].load for name in scenarios):
            competition.judge()
        return {name: competition.run(name, asked.peers) for name in SCENARIOS if name in scenarios}
    finally:
        databases.close()


def kept(figures):
    """Return these figures with those that other runs left for the scenarios that this one did not measure; and leave all of them."""
    before = json.loads(folders.FIGURES.read_text()) if folders.FIGURES.exists() else {}
    together = {**before, **figures}
    folders.FIGURES.write_text(json.dumps(together, indent=1))
    return {name: together[name] for name in SCENARIOS if name in together}


def report(figures):
    return '\n\n'.join([table.machine() + '; medians.', table.judgement(figures), table.everybody(figures)])


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
