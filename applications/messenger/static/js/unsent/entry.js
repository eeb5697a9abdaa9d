// An unsent message: what is kept of it, what is sent of it, and when it is too old to be sent unasked.
//
// state: sending, failed (where the server gave a reason with `error`, its sentence, and `reason`, its name), and for the other tabs' ears
// only: sent (with `ack`), discarded.
// `at` is when it was written, `epoch` the database it was written for, `owner` the tab that sends it.

const STALE_SECONDS = 24 * 3600;
const LONGEST_WAIT_SECONDS = 60;
const LATER = new Set(['busy', 'rate']);
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

// Whether an `error` asks to send the message again soon; else it has failed.
export function isToWait({ code, retry_after: seconds }) {
    return LATER.has(code) && !(seconds > LONGEST_WAIT_SECONDS);
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
