"""Which sentences the pages show: found in all that makes pages, wherever one is handed to T() or to a helper of it."""
import ast
import io
import re
import tokenize

from places import APPLICATION

# Where there are any, by ending, and how many files at least.
SOURCES = {'models': ('py', 4), 'controllers': ('py', 3), 'modules/messenger_web': ('py', 15), 'views': ('html', 25)}
CALL = re.compile(r'(?<![\w.])(?<!def )(?:current\.)?(T|counted|plurals)\(')
IN_ATTRIBUTE = re.compile(r'="(?:[^"{}]|{{(?:(?!}}).)*}})*{{=\s*(T)\(')
PLACEHOLDER = re.compile(r'%(?:\((\w+)\))?[sdg]')


def written():
    """Return ({sentence}, {sentence that has forms by number}, [calls whose sentence can't be told from the code])."""
    plain, counted, unclear = set(), set(), []
    for path in [path for part in SOURCES for path in _files(part)]:
        for name, argument in _calls(path.read_text(encoding='utf-8')):
            found = _constants(argument)
            if not found:
                unclear.append((path.name, ast.unparse(argument)))
            (plain if name == 'T' else counted).update(found)
    return plain, counted, unclear


def unescaped():
    """Return the calls in views whose sentence gets a value and stands in an attribute: of what T() says web2py escapes no quotes."""
    found = []
    for path in _files('views'):
        text = path.read_text(encoding='utf-8')
        calls = [_whole_call(text[match.start(1):]) for match in IN_ATTRIBUTE.finditer(text)]
        found += [call for call in calls if len(ast.parse(call, mode='eval').body.args) > 1]
    return found


def placeholders(sentence):
    """Return the names of the placeholders in a sentence; of those without one, as many as there are."""
    return sorted(PLACEHOLDER.findall(sentence))


def _files(part):
    ending, least = SOURCES[part]
    found = sorted((APPLICATION / part).rglob('*.' + ending))
    assert len(found) >= least, 'only %d files in %s' % (len(found), part)
    return found


def _calls(text):
    """Return (name, first argument) of each call, in Python or between the braces of a view."""
    for match in CALL.finditer(text):
        source = _whole_call(text[match.start(1):])
        if source:
            yield match[1], ast.parse(source, mode='eval').body.args[0]


def _whole_call(text):
    depth = 0
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += {'(': 1, ')': -1}.get(token.string, 0) if token.type == tokenize.OP else 0
        if depth == 0 and token.string == ')':
            row, column = token.end
            return ''.join(lines[:row - 1]) + lines[row - 1][:column]
    return None


def _constants(node):
    if isinstance(node, ast.IfExp):
        return _constants(node.body) | _constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
