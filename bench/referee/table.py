"""Figures as tables: ours against a peer's with what must be reached, and what everybody took. In text, and in a document between marks."""
import importlib.util
import os
import platform
import sqlite3
import subprocess
import time

from .lines import LINES, OURS, SCENARIOS, TITLES

BEGIN, END = '<!-- bench: begin -->', '<!-- bench: end -->'
MISSED, MUST, MOONSHOT = 'no', 'yes', 'moonshot'
COLUMNS = {
    'dm': (('CPU µs a message', 'cpu_us_per_msg'), ('messages/s', 'msgs_per_s'), ('p50 ms', 'p50_ms'), ('p99 ms', 'p99_ms'),
           ('MiB', 'rss_after_mib')),
    'fanout': (('CPU µs a delivery', 'cpu_us_per_delivery'), ('deliveries/s', 'deliveries_per_s'), ('p50 ms', 'p50_ms'),
               ('p99 ms', 'p99_ms')),
    'idle': (('CPU µs a connect', 'connect_cpu_us'), ('until all is quiet', 'settled_cpu_us'), ('connects/s', 'connects_per_s'),
             ('KiB a socket', 'rss_kib_per_client'), ('idle CPU %', 'idle_cpu_pct')),
}


def judged(line, figures):
    """Return (value, reached) of a line of the table; (None, why not) where a figure is missing. `figures`: {scenario: {who: {…}}}."""
    found = figures.get(line.scenario, {})
    ours = found.get(OURS, {}).get(line.figure)
    theirs = found.get(line.peer, {}).get(line.figure) if line.peer else 1
    if ours is None or theirs is None:
        return None, 'not measured'
    if not theirs:
        return None, 'nothing to divide by'
    value = ours / theirs

    def reaches(bound):
        return value <= bound if line.sign == '≤' else value >= bound
    return value, MOONSHOT if reaches(line.moonshot) else MUST if reaches(line.must) else MISSED


def judgement(figures):
    """Return the table of what must be reached, in Markdown."""
    rows = [('work', 'figure', 'ours', 'against', 'ratio', 'must', 'moonshot', 'reached')]
    for line in LINES:
        if line.scenario in figures:
            value, reached = judged(line, figures)
            unit = ' ×' if line.peer else ''
            ours = figures[line.scenario].get(OURS, {}).get(line.figure)
            theirs = figures[line.scenario].get(line.peer, {}).get(line.figure) if line.peer else None
            rows.append((line.scenario, line.what, number(ours), '%s: %s' % (TITLES[line.peer], number(theirs)) if line.peer else '',
                         number(value) + unit if value is not None else '–', '%s %g%s' % (line.sign, line.must, unit),
                         '%s %g%s' % (line.sign, line.moonshot, unit), reached))
    return markdown(rows) if len(rows) > 1 else ''


def everybody(figures):
    """Return what everybody took, a table for each scenario, in Markdown."""
    parts = []
    for name, found in figures.items():
        columns = COLUMNS.get(SCENARIOS[name].mode) or [
            (figure.replace('_', ' '), figure) for figure in sorted(set().union(*found.values()) - {'rounds'})]
        rows = [('', *(title for title, _ in columns), 'rounds')]
        rows += [(TITLES.get(who, who), *(number(one.get(figure)) for _, figure in columns), number(one.get('rounds')))
                 for who, one in found.items()]
        parts.append('**%s**: %s\n\n%s' % (name, SCENARIOS[name].what, markdown(rows)))
    return '\n\n'.join(parts)


def growth(figures, images):
    """Return tables and pictures of how things grow; `images` is the folder of the pictures, from where the document lies."""
    parts = []
    for series, found in figures.items():
        rows = [(series, *(title for title, _ in COLUMNS['dm']))]
        rows += [(number(one['size']), *(number(one[figure]) for _, figure in COLUMNS['dm'])) for one in found]
        picture = '![Throughput, processor, p99 and memory against %s](%s/growth-%s.svg)' % (series, images, series)
        parts.append(picture + '\n\n' + markdown(rows))
    return '\n\n'.join(parts)


def number(value):
    """Return a figure with three digits that count."""
    if value is None:
        return '–'
    if abs(value) >= 100 or value == int(value):
        return f'{value:,.0f}'
    return '%.*f' % (1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3, value)


def markdown(rows):
    lines = ['| %s |' % ' | '.join(row) for row in rows]
    return '\n'.join([lines[0], '|' + '---|' * len(rows[0]), *lines[1:]])


def machine(node=None):
    """Return what was measured on, and when, as a line."""
    said = ['%d cores' % os.cpu_count(), '%s %s' % (platform.system(), platform.machine()), 'Python ' + platform.python_version(),
            'SQLite ' + sqlite3.sqlite_version]
    said += ['orjson' if importlib.util.find_spec('orjson') else 'no orjson']
    if node:
        said.append('Node ' + subprocess.run([node, '--version'], capture_output=True, text=True).stdout.strip().lstrip('v'))
    return ', '.join([*said, time.strftime('%Y-%m-%d')])


def write(path, text):
    """Put the text between the marks of a document, and nowhere else. Raises ValueError where it has none."""
    before, begin, rest = path.read_text(encoding='utf-8').partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError('%s has no marks %s and %s' % (path, BEGIN, END))
    path.write_text(before + BEGIN + '\n\n' + text.strip() + '\n\n' + end + after, encoding='utf-8')
