"""Every page and state of the product as one member sees it: name -> address. What looks at all of them is told about a new one here."""

CHAT, INBOX = '/messenger/messaging/chat', '/messenger/messaging/index'
FOREIGN_TEXT = "INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, '2026-01-02 03:04:05', 'F')"
TEXTS = (
    'Good morning!', 'See https://example.com/a/very/long/path/that/does/not/end?with=a&query=too and tell me.', '👍', 'x' * 300,
    'if a:\n    b()  # code\n', 'مرحبا، كيف حالك؟')


def doors():
    """Return the pages for who isn't logged in."""
    return {name: '/messenger/default/' + path for name, path in (
        ('first page', 'index'), ('login', 'user/login'), ('register', 'user/register'))}


def rooms(other, former):
    """Return the pages of a member who has talked with `other` and `former`."""
    return {
        'inbox': INBOX, 'unread': INBOX + '?unread=1', 'send': '/messenger/messaging/send_message', 'chats': CHAT,
        'thread': '%s/%d' % (CHAT, other), 'former': '%s/%d' % (CHAT, former), 'context': '%s/%d?at=3' % (CHAT, other),
        'search': '/messenger/messaging/search?q=morning', 'nothing found': '/messenger/messaging/search?q=nowhere',
        'account': '/messenger/default/account', 'profile': '/messenger/default/user/profile',
        'password': '/messenger/default/user/change_password', 'nobody': CHAT + '/999999'}


def fill(stack, reader, other, former):
    """Let `reader` have talked with `other`, and with somebody who then left."""
    for number in range(18):
        text = TEXTS[number % len(TEXTS)]
        stack.query(FOREIGN_TEXT, *((other, reader) if number % 3 else (reader, other)), text)
    stack.query(FOREIGN_TEXT, former, reader, 'Farewell')
    stack.query("UPDATE auth_user SET registration_key = 'blocked' WHERE id = ?", former)
