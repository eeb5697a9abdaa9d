"""The messenger and its peers in turn, judged: what `./setup_env.sh bench` runs once everything is installed.

    python bench/compare.py [name …] [--rounds 5] [--quick] [--peers node,…] [--checkout [NAME=]FOLDER]
"""
import interpreter  # noqa: F401

# isort: split
import json
import signal
import subprocess
import sys
import time

from ours import growth
from referee import build, folders, options, postgresql, rounds, servers, table
from referee.lines import NAMES, SCENARIOS, judged

QUICK = dict(seconds=1.5, warm=0.5, hold=2.0, once=('idle5000', 'fan1000', 'form'), form=('10',), flat=('20000', '500'),
             start=('20000', '500'), checked=('--messages', '1000'))
QUICK_SECONDS = 120     # from then on nothing gets another round
GROWTH = 'growth'


def main(arguments):
    asked = options.parse(arguments)
    began = time.monotonic()
    # What was started is ended, whoever asks.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def say(text):
        print('%4.0f s  %s' % (time.monotonic() - began, text), flush=True)
    try:
        figures = measured(asked, say)
    except (build.NotBuilt, servers.NotStarted, rounds.Wrong) as error:
        print('FAILED: %s' % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        return 130
    figures = kept(figures) if asked.document else figures
    text = report(figures)
    print('\n%s' % text)
    if GROWTH in figures:
        draw(figures[GROWTH], asked.document, say)
    if asked.document:
        table.write(asked.document, text)
        say('written into %s' % asked.document)
    return 0


def measured(asked, say):
    """Return {scenario: {competitor: {figure: median}}}; under `growth` {series: [figures of a size, …]}."""
    quick = dict(QUICK, until=time.monotonic() + QUICK_SECONDS) if asked.quick else {}
    databases, pace = postgresql.Databases(), rounds.Pace(asked.rounds, **quick)
    competition = rounds.Competition(build.load_generator(), asked.checkouts, pace, say, databases)
    scenarios = [scenario for name in asked.names for scenario in NAMES[name]]
    try:
        for database in sorted({SCENARIOS[name].database for name in scenarios if SCENARIOS[name].load}, reverse=True):
            competition.judge(database)
        figures = {name: competition.run(name, judged(name) if asked.quick and asked.peers is None else asked.peers)
                   for name in SCENARIOS if name in scenarios}
        return {**figures, **({GROWTH: growth.measure(competition, asked.quick)} if GROWTH in asked.names else {})}
    finally:
        databases.close()


def kept(figures):
    """Return these figures with those that other runs left for the scenarios that this one did not measure; and leave all of them."""
    before = json.loads(folders.FIGURES.read_text()) if folders.FIGURES.exists() else {}
    together = {**before, **figures}
    folders.FIGURES.write_text(json.dumps(together, indent=1))
    return {name: together[name] for name in (*SCENARIOS, GROWTH) if name in together}


def report(figures):
    """Return the text between the marks."""
    races = {name: found for name, found in figures.items() if name != GROWTH}
    parts = [table.machine(folders.node()) + '; medians.', table.judgement(races), table.everybody(races)]
    return '\n\n'.join(filter(None, [*parts, table.growth(figures.get(GROWTH, {}), 'images')]))


def draw(figures, document, say):
    """Have the peers' Python, which has matplotlib, draw the pictures: beside the document, or where everything that is made lies."""
    folder = document.parent / 'images' if document else folders.HOME
    source = folders.HOME / 'growth.json'
    source.write_text(json.dumps(figures))
    try:
        ran = subprocess.run([str(folders.PEERS_PYTHON), str(folders.BENCH / 'ours' / 'pictures.py'), str(source), str(folder)],
                             capture_output=True, text=True)
    except OSError as error:
        return say('the pictures are left out: %s' % error)
    say('the pictures are left out: %s' % ran.stderr.strip().splitlines()[-1] if ran.returncode else 'pictures drawn in %s' % folder)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
