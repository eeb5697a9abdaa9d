"""The messenger as the site's first page: `/` opens it, and its addresses lose the leading /messenger.

For a fresh install only: copy it beside web2py.py. An install that has a routes.py of its own keeps it, and the messenger is at /messenger.
web2py reads this file once, when it starts.
"""

routers = {
    "BASE": {
        "default_application": "messenger",
        "default_controller": "default",
        "default_function": "index",
    },
}
