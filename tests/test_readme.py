"""README's table of contents names each room of the house, and nothing that isn't there."""
import re

from places import APPLICATION, ROOT

from .test_house import FLOORS, MODULES, PREFIX


def rooms_of_readme():
    """Return the rooms that README's tables of the house name, as FLOORS names them, and the other paths that they name."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8').partition('\n## The house\n')[2].partition('\n## ')[0]
    tables = re.split(r'\n\| room \| what lives there \|\n', text)[1:]
    assert len(tables) == 4
    named = [re.findall('`([^`]+)`', ' '.join(re.findall(r'^\| (`[^|]+) \|', table, re.MULTILINE))) for table in tables]
    modules = [room[len(PREFIX):] for room in named[1] if room.count('/') or room == 'messenger_web']
    return modules + ['js/' + room for room in named[2]], [APPLICATION / room for room in named[0]] + [ROOT / room for room in named[3]]


def test_readme_has_a_line_for_each_room():
    rooms, others = rooms_of_readme()
    on_the_ground = {room for room in FLOORS if (MODULES / (PREFIX + room + '.py')).exists()}
    assert rooms == [room for room in FLOORS if room not in on_the_ground | {'models', 'controllers'}], 'in the order of the floors'
    assert [path for path in others if not path.exists()] == []
    seen = [path for path in [*APPLICATION.iterdir(), *ROOT.iterdir()] if path.is_dir() and not path.name.startswith('.')]
    folders = {path for path in seen if any(path.rglob('*.py'))}
    assert folders - set(others) <= {APPLICATION / 'modules', APPLICATION / 'databases', ROOT / 'applications'}
