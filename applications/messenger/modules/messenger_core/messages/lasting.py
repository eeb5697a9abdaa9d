"""Whether the session that asks for something is still there when its turn comes: what waits for the feed's lock may wait for seconds."""
import time

from ..ends import logout

NOBODY = '', 0
LATE_SECONDS = 0.5      # whoever has waited for longer may have logged out meanwhile; of a shorter time nobody need know


def over(db, drafts, members):
    """Return the indexes of the drafts whose session has ended. Call under the feed's lock.

    `members` is {member: (name, the generation that counts), None of who may not write}. Takes a statement only where one of them has
    waited for long.
    """
    late = time.monotonic() - LATE_SECONDS
    waited = {draft.session_hash for draft in drafts if draft.asked_at < late}
    ended = logout.logged_out(db, waited) if waited else ()
    return {index for index, draft in enumerate(drafts) if draft.session_hash in ended or (
        draft.generation is not None and logout.is_over(draft.generation, (members.get(draft.sender) or NOBODY)[1]))}
