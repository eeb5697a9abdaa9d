"""Who takes part in a member's conversations: whoever may know that the member types, and whether they are online. Read only."""
from ..database.sql import rows


def pairs(db, user_id):
    """Return [(conversation, other member)] of all conversations of a member; in notes to oneself the other is oneself. One statement.

    Of many members: at_once.pairs().
    """
    mine, table, its = db.participant.user_id == user_id, db.participant, db.conversation
    current = table.left_number == None  # noqa: E711
    query = table.conversation.belongs(db(mine & current)._select(table.conversation)) & current & (its.id == table.conversation)
    return pairs_in(rows(db, query, table.conversation, table.user_id, its.direct_key), user_id)


def pairs_in(places, user_id):
    """Return the same from (conversation, member, direct key) of all places in them."""
    found = [(conversation, one) for conversation, one, key in places
             if type(conversation) is int and type(one) is int and may_be_in(key, user_id) and may_be_in(key, one)]
    shared = [(conversation, other) for conversation, other in found if other != user_id]
    alone = {conversation for conversation, _ in found} - {conversation for conversation, _ in shared}
    return shared + [(conversation, user_id) for conversation in alone]


def may_be_in(direct_key, user_id):
    """Whether a place in a conversation can be this member's: somebody may have written places of their own into our table."""
    return user_id is None or not direct_key or str(user_id) in str(direct_key).split(':')


def may_be_in_as_sql(direct_key, user_id):
    """The same of one member as SQL; `direct_key` is the column."""
    return "(%s LIKE '%d:%%' OR %s LIKE '%%:%d' OR %s IS NULL)" % (direct_key, user_id, direct_key, user_id, direct_key)
