"""Draws what soak.py wrote down, as an SVG: memory, descriptors, processor and how long messages took, above each other.

    python bench/plot.py soak.csv docs/images/soak.svg ["a title"]
"""
import csv
import math
import sys

WIDTH, LEFT, RIGHT, TOP, HEIGHT, GAP = 900, 70, 20, 46, 110, 46
# (title, [(column, its name, colour)])
PANELS = [
    ('memory, MiB', [('rss_mib', 'RSS', '#0b7285')]),
    ('descriptors and connections', [('descriptors', 'descriptors', '#5f3dc4'), ('connections', 'connections', '#b197fc')]),
    ('processor, % of a core', [('cpu_percent', 'CPU', '#e8590c')]),
    ('a message takes, ms, in the minute before', [('p99_ms', 'p99', '#c92a2a'), ('p50_ms', 'p50', '#2b8a3e')]),
]


def main():
    source, target, *title = sys.argv[1:] if len(sys.argv) > 2 else sys.exit(__doc__)
    with open(source, newline='') as file:
        rows = [{name: float(value or 0) for name, value in row.items()} for row in csv.DictReader(file)]
    with open(target, 'w', encoding='utf-8') as file:
        file.write(drawing(rows, ''.join(title)))


def drawing(rows, title):
    end = max(row['minute'] for row in rows)
    height = TOP + len(PANELS) * (HEIGHT + GAP)
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#343a40">'
             % (WIDTH, height), '<rect width="100%" height="100%" fill="#fff"/>',
             '<text x="%d" y="22" font-size="15">%s</text>' % (LEFT, title)]
    for number, (name, lines) in enumerate(PANELS):
        parts += panel(rows, end, TOP + number * (HEIGHT + GAP), name, lines)
    return '\n'.join([*parts, '</svg>', ''])


def panel(rows, end, top, title, lines):
    """Yield one diagram: its frame, its grid, its lines and their names."""
    step = round_step(max(row[column] for row in rows for column, _, _ in lines) / 3)
    most = step * math.ceil(max(row[column] for row in rows for column, _, _ in lines) / step) or 1
    bottom = top + HEIGHT

    def x(minute):
        return LEFT + (WIDTH - LEFT - RIGHT) * minute / end

    def y(value):
        return bottom - HEIGHT * value / most
    yield '<text x="%d" y="%d" font-weight="bold">%s</text>' % (LEFT, top - 6, title)
    for value in (step * count for count in range(round(most / step) + 1)):
        yield '<path d="M%d %.1fH%d" stroke="#e9ecef"/>' % (LEFT, y(value), WIDTH - RIGHT)
        yield '<text x="%d" y="%.1f" text-anchor="end">%g</text>' % (LEFT - 8, y(value) + 4, value)
    every = round_step(end / 8)
    for count in range(int(end / every) + 1):
        yield '<text x="%.1f" y="%d" text-anchor="middle" fill="#868e96">%g min</text>' % (x(count * every), bottom + 15, count * every)
    for place, (column, name, colour) in enumerate(lines):
        points = ' '.join('%.1f,%.1f' % (x(row['minute']), y(row[column])) for row in rows)
        yield '<polyline fill="none" stroke="%s" stroke-width="1.5" points="%s"/>' % (colour, points)
        yield '<text x="%d" y="%d" text-anchor="end" fill="%s">%s</text>' % (WIDTH - RIGHT - 90 * place, top - 6, colour, name)


def round_step(value):
    """Return 1, 2 or 5 times a power of ten, not below `value`."""
    power = 10 ** math.floor(math.log10(value)) if value > 0 else 1
    return next(power * times for times in (1, 2, 5, 10) if power * times >= value)


if __name__ == '__main__':
    main()
