"""The two members of a trial install. Called inside web2py; their passwords are random, and they can log in over loopback only."""

MEMBERS = (
    {'email': 'ada@demo.invalid', 'first_name': 'Ada', 'last_name': 'Lovelace'},
    {'email': 'bob@demo.invalid', 'first_name': 'Bob', 'last_name': 'Kahn'},
)


def fit_in(db):
    """Not among a site's own members, as in a database that was brought along."""
    ours = db.auth_user.email.belongs([member['email'] for member in MEMBERS])
    return db(db.auth_user).isempty() or not db(ours).isempty()


def prepare(db, passwords):
    for member in MEMBERS:
        name = member['email'].partition('@')[0]
        ensure(db.auth_user, db, member, name, passwords[name])


def ensure(users, db, member, name, password):
    """Made once; afterwards only the password is put right, so that what the start prints is true."""
    hashed, refused = users.password.validate(password)
    if refused:
        raise ValueError(f"the site's rules refuse the demo members' password: {refused}")
    row = db(users.email == member['email']).select().first()
    if row is None:
        username = {'username': name} if 'username' in users.fields else {}
        users.insert(password=str(hashed), **member, **username)
    elif hashed != row.password:
        row.update_record(password=str(hashed))
