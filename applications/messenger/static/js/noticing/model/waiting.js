// What waits for the member in the conversations that aren't muted: how much, and of what there is news since the last look.

export class Waiting {
    // `seq` is where the feed was when the page was made.
    constructor({ userId, seq, total }) {
        Object.assign(this, { userId, seq, total });
    }

    // An answer of conversations.json; returns those of its rows whose last message is new, of somebody else, and still to be read.
    learn({ conversations, unread, seq }) {
        const since = this.seq ?? seq;
        this.total = unread;
        this.seq = Math.max(since, seq);
        return conversations.filter(row => row.last.seq > since && row.unread && !row.muted && row.last.sender_id !== this.userId);
    }

    // Numbers start over after a reset, and nothing of what is there then is news.
    forget() {
        this.seq = null;
    }
}

// The title of a page, with the number that the server or this has put before it.
export function titled(title, total) {
    const bare = title.replace(/^\(\d+\) /, '');
    return total ? `(${total}) ${bare}` : bare;
}
