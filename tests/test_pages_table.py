"""docs/pages.md: every point of how the pages are to be names a check, and the check exists."""
import re

import pytest
from places import ROOT

from .test_faults import functions

TABLE = (ROOT / 'docs' / 'pages.md').read_text(encoding='utf-8')
POINTS = dict(re.findall(r'^\| (?!point|---)(.+?) \| (.+) \|$', TABLE, re.MULTILINE))


def test_there_are_points_in_every_section():
    sections = re.split(r'^## ', TABLE, flags=re.MULTILINE)[1:]
    assert len(sections) >= 12 and all(section.count('\n| ') >= 3 for section in sections)


@pytest.mark.parametrize('point', POINTS)
def test_its_check_exists(point):
    named = re.findall(r'`(tests/[^`]+)`', POINTS[point])
    assert named or point == 'no request to another host'
    for test in named:
        path, _, name = test.partition('::')
        assert name in functions(path), test
