// An unsent message: what is kept of it, what is sent of it, and when it is too old to be sent unasked.
//
// state: sending, failed (with `error`, where the server gave a reason), and for the other tabs' ears only: sent (with `ack`), discarded.
// `at` is when it was written, `epoch` the database it was written for, `owner` the tab that sends it.

const STALE_SECONDS = 24 * 3600;
const UNSENT = new Set(['sending', 'failed']);

// Returns the entry that a text from the browser's storage holds, or null.
export function parseEntry(text) {
    try {
        const entry = JSON.parse(text);
        return isEntry(entry) ? entry : null;
    } catch {
        return null;
    }
}

export function isUnsent(entry) {
    return UNSENT.has(entry?.state);
}

// Neither should what was written days ago go out unasked, nor to the members of another database.
export function isStale(entry, now, epoch) {
    return entry.state === 'sending' && (now - entry.at > STALE_SECONDS || entry.epoch !== epoch);
}

export function frameOf({ ref, receiver, content }) {
    return { type: 'send', ref, receiver, content };
}

// The message itself, come through the feed, is as good as its ack.
export function ackOf({ id, seq, conversation, number, timestamp }) {
    return { id, seq, conversation, number, timestamp };
}

function isEntry(entry) {
    return typeof entry?.ref === 'string' && typeof entry.content === 'string' && Number.isSafeInteger(entry.receiver)
        && Number.isFinite(entry.at) && typeof entry.owner === 'string' && typeof entry.state === 'string';
}
