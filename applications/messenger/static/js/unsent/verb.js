// What a member has done besides writing, as it is kept until the server has it: read, marked as unread, muted or not.
//
// state: waits, and for the other tabs' ears only: done, refused, dropped. `frame` is what is sent, `isUnasked` says that nobody has pressed
// anything for it; `at`, `epoch` and `owner` are as in entry.js.

const STALE_SECONDS = 24 * 3600;
const TARGETS = { __proto__: null, read: 'read', unread: 'read', mute: 'mute' };

// What has the same target is superseded by what comes later.
export function targetOf({ type, conversation }) {
    return `${TARGETS[type]} ${conversation}`;
}

// Returns the entry that a text from the browser's storage holds, or null.
export function parseVerb(text) {
    try {
        const entry = JSON.parse(text);
        return isVerb(entry) ? entry : null;
    } catch {
        return null;
    }
}

// Returns what is to be asked for after `before`, which still waits, or undefined where that asks for the same.
export function following(before, frame) {
    const isFurther = before?.type === 'read' && frame.type === 'read';
    const wanted = isFurther ? { ...frame, number: Math.max(before.number, frame.number) } : frame;
    const isSame = before?.type === wanted.type && before.number === wanted.number && before.muted === wanted.muted;
    return isSame ? undefined : wanted;
}

// What was done days ago, or in another database, is no longer what somebody wants.
export function isOver(entry, now, epoch) {
    return now - entry.at > STALE_SECONDS || entry.epoch !== epoch;
}

function isVerb(entry) {
    return typeof entry?.ref === 'string' && typeof entry.owner === 'string' && typeof entry.state === 'string' && Number.isFinite(entry.at)
        && entry.frame?.type in TARGETS && Number.isSafeInteger(entry.frame.conversation);
}
