"""Ratios and tables from figures that were made up."""
import pytest
from referee import rounds, table
from referee.lines import LINES, Line

FIGURES = {
    'dm1': {'ours': {'cpu_us_per_msg': 40.0, 'msgs_per_s': 16_400, 'rounds': 5}, 'node': {'cpu_us_per_msg': 80.0},
            'ceil-thread': {'cpu_us_per_msg': 25.0}},
    'dm1k': {'ours': {'msgs_per_s': 20_000}, 'node': {'msgs_per_s': 8_000}},
    'form': {'ours': {'p50_ms': 15.01}},
    'rate500': {'ours': {'p50_ms': 0.5}, 'node-group': {'p50_ms': 0}},
}


def line(scenario, figure, peer):
    return next(one for one in LINES if (one.scenario, one.figure, one.peer) == (scenario, figure, peer))


@pytest.mark.parametrize(('where', 'value', 'reached'), [
    (('dm1', 'cpu_us_per_msg', 'node'), 0.5, 'moonshot'), (('dm1', 'cpu_us_per_msg', 'ceil-thread'), 1.6, 'yes'),
    (('dm1k', 'msgs_per_s', 'node'), 2.5, 'yes'), (('form', 'p50_ms', None), 15.01, 'no'),
    (('rate500', 'p50_ms', 'node-group'), None, 'nothing to divide by'), (('rate500', 'p99_ms', 'node-group'), None, 'not measured'),
    (('start', 'seconds', None), None, 'not measured')])
def test_a_line_is_judged_by_its_ratio(where, value, reached):
    assert table.judged(line(*where), FIGURES) == (value, reached)


@pytest.mark.parametrize(('sign', 'ours', 'reached'), [
    ('≤', 1.2, 'yes'), ('≤', 1.21, 'no'), ('≤', 1.05, 'moonshot'), ('≥', 1.2, 'yes'), ('≥', 1.05, 'no'), ('≥', 1.9, 'moonshot')])
def test_bounds_themselves_are_reached(sign, ours, reached):
    bounds = (1.2, 1.05) if sign == '≤' else (1.2, 1.9)
    assert table.judged(Line('x', 'x', 'x', 'p', sign, *bounds), {'x': {'ours': {'x': ours}, 'p': {'x': 1}}})[1] == reached


def test_the_table_has_a_row_for_each_line_of_what_was_measured():
    rows = table.judgement(FIGURES).splitlines()
    assert len(rows) == 2 + len([one for one in LINES if one.scenario in FIGURES])
    assert '| dm1 | CPU a message | 40 | node:FULL: 80 | 0.500 × | ≤ 1 × | ≤ 0.6 × | moonshot |' in rows
    assert '16,400' in table.everybody(FIGURES) and table.judgement({}) == ''


def test_a_run_of_one_scenario_leaves_the_figures_of_the_others(monkeypatch, tmp_path):
    import compare
    monkeypatch.setattr(compare.folders, 'FIGURES', tmp_path / 'figures.json')
    first = {'dm1': {'ours': {'cpu_us_per_msg': 40}}, 'growth': {'clients': []}}
    assert compare.kept(first) == first
    renewed = compare.kept({'dm16': {'ours': {'cpu_us_per_msg': 20}}, 'dm1': {'ours': {'cpu_us_per_msg': 30}}})
    assert renewed == {'dm1': {'ours': {'cpu_us_per_msg': 30}}, 'dm16': {'ours': {'cpu_us_per_msg': 20}}, 'growth': {'clients': []}}


def test_what_grows_has_a_picture_and_a_table():
    point = {'size': 1000, 'cpu_us_per_msg': 40.0, 'msgs_per_s': 9_000, 'p50_ms': 1.5, 'p99_ms': 5.0, 'rss_after_mib': 60.0}
    text = table.growth({'messages': [point, dict(point, size=10_000)]}, 'images')
    assert '(images/growth-messages.svg)' in text and '| 10,000 | 40 | 9,000 | 1.50 | 5 | 60 |' in text


def test_a_median_is_of_all_rounds():
    assert rounds.medians([{'a': 1, 'peer': 'x'}, {'a': 9, 'peer': 'x'}, {'a': 2, 'peer': 'x'}]) == {'a': 2, 'rounds': 3}


def test_what_is_written_stands_between_the_marks_and_nowhere_else(tmp_path):
    document = tmp_path / 'performance.md'
    document.write_text('# Before\n\n%s\n\nold\n\n%s\n\n## Ways that were tried\n' % (table.BEGIN, table.END), encoding='utf-8')
    for text in ('first µs', 'second'):
        table.write(document, text)
        assert document.read_text(encoding='utf-8') == '# Before\n\n%s\n\n%s\n\n%s\n\n## Ways that were tried\n' % (
            table.BEGIN, text, table.END)
    document.write_text('no marks')
    with pytest.raises(ValueError, match='has no marks'):
        table.write(document, 'text')
    assert document.read_text() == 'no marks'


def test_the_document_of_this_checkout_has_the_marks():
    from referee.options import DOCUMENT
    text = DOCUMENT.read_text(encoding='utf-8')
    assert 0 < text.index(table.BEGIN) < text.index(table.END) < text.index('| way | before | after | kept? |')
