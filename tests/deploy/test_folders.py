"""The web2py folder and the application's folder in it: what is somebody else's stays as it is."""

import shutil

import app_folder
import pytest
import web2py_folder
from console import Trouble
from trying import ROOT


@pytest.fixture
def web2py(tmp_path):
    """Somebody's install, with an application, data and routes of its own."""
    other = ('applications/other/models/db.py', 'applications/other/databases/data.sqlite')
    for name in ('web2py.py', 'routes.py', 'parameters_8000.py', *other):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f'theirs: {name}')
    return tmp_path


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def test_the_code_is_links_and_the_data_are_the_installs_own(web2py):
    assert app_folder.prepare(web2py) is True
    folder = web2py / 'applications' / 'messenger'
    assert (folder / 'models').resolve() == ROOT / 'applications' / 'messenger' / 'models'
    for name in app_folder.DATA:
        assert (folder / name).is_dir() and not (folder / name).is_symlink()


def test_other_applications_and_routes_stay_as_they_are(web2py):
    before = contents(web2py)
    app_folder.prepare(web2py)
    after = contents(web2py)
    assert {name: after[name] for name in before} == before


def test_preparing_again_changes_nothing(web2py):
    app_folder.prepare(web2py)
    before = contents(web2py)
    assert app_folder.prepare(web2py) is True
    assert contents(web2py) == before


def test_a_deployed_copy_is_used_as_it_is(web2py):
    deployed = web2py / 'applications' / 'messenger' / 'modules' / 'messenger_core'
    deployed.mkdir(parents=True)
    (deployed / 'schema.py').write_text('an older release')
    before = contents(web2py)
    assert app_folder.prepare(web2py) is False
    assert contents(web2py) == before
    assert not (web2py / 'applications' / 'messenger' / 'models').exists()


def test_another_application_of_that_name_is_refused(web2py):
    (web2py / 'applications' / 'messenger' / 'models').mkdir(parents=True)
    with pytest.raises(Trouble, match="isn't the messenger"):
        app_folder.prepare(web2py)


def test_links_of_a_checkout_that_has_moved_away_are_mended(web2py, tmp_path):
    app_folder.prepare(web2py)
    models = web2py / 'applications' / 'messenger' / 'models'
    models.unlink()
    models.symlink_to(tmp_path / 'moved away')
    app_folder.prepare(web2py)
    assert models.resolve() == ROOT / 'applications' / 'messenger' / 'models'


def test_what_web2py_writes_into_its_languages_does_not_reach_the_checkout(web2py):
    app_folder.prepare(web2py)
    languages = web2py / 'applications' / 'messenger' / 'languages'
    assert languages.is_dir() and not languages.is_symlink()


def test_a_folder_without_web2py_is_refused(tmp_path):
    with pytest.raises(Trouble, match="isn't a web2py folder"):
        web2py_folder.existing(tmp_path)


def test_a_new_web2py_replaces_the_code_and_leaves_the_data(tmp_path, web2py):
    fresh = tmp_path / 'fresh'
    shutil.copytree(web2py, fresh, ignore=shutil.ignore_patterns('fresh', 'other', 'parameters_*'))
    (fresh / 'gluon').mkdir()
    (fresh / 'web2py.py').write_text('the new release')
    web2py_folder.replace_code(fresh, web2py)
    assert (web2py / 'web2py.py').read_text() == 'the new release'
    assert (web2py / 'gluon').is_dir()
    assert (web2py / 'applications' / 'other' / 'databases' / 'data.sqlite').exists()
    assert (web2py / 'parameters_8000.py').exists()
