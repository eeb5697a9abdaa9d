"""Who takes part in a member's conversations: whoever may know that the member types, and whether they are online. Read only."""
from ..database.sql import rows


def pairs(db, user_id):
    """Return [(conversation, other member)] of all conversations of a member; in notes to oneself the other is oneself. One statement."""
    mine, table = db.participant.user_id == user_id, db.participant
    current = table.left_number == None  # noqa: E711
    query = table.conversation.belongs(db(mine & current)._select(table.conversation)) & current
    found = [row for row in rows(db, query, table.conversation, table.user_id) if type(row[0]) is int and type(row[1]) is int]
    shared = [(conversation, other) for conversation, other in found if other != user_id]
    alone = {conversation for conversation, _ in found} - {conversation for conversation, _ in shared}
    return shared + [(conversation, user_id) for conversation in alone]
