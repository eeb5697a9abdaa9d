"""web2py's appadmin for the tables of this application, behind web2py's own administrator check.

The code is that of the install this runs in, so that it fits it and gets its fixes; only the view is ours.
"""
import os

from gluon.fileutils import check_credentials, read_file

if not check_credentials(request):
    redirect(URL('default', 'administrator'))


# web2py serves the functions that it finds in this file; the install's own take their places below.
def index(): raise HTTP(404)
def insert(): raise HTTP(404)
def select(): raise HTTP(404)
def update(): raise HTTP(404)
def download(): raise HTTP(404)
def csv(): raise HTTP(404)
def state(): raise HTTP(404)
def ccache(): raise HTTP(404)
def hooks(): raise HTTP(404)


for _application in ('welcome', 'admin', 'examples'):
    _path = os.path.join(os.path.dirname(request.folder.rstrip(os.sep)), _application, 'controllers', 'appadmin.py')
    if os.path.isfile(_path):
        exec(compile(read_file(_path), _path, 'exec'), globals())
        break
else:
    raise HTTP(404, 'This web2py has no appadmin.')

response.menu = [(T('Tables'), request.function == 'index', URL('appadmin', 'index')), (T('To the site'), False, URL('default', 'index'))]
