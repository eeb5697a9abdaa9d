// What the server's bytes mean before anybody acts on them: frames, close codes and refusals.

const LONG_WAIT_SECONDS = 30;

// What a close code asks for: a state to stay in, or a wait. After any other the connection is opened again, after the back-off.
export const CLOSES = {
    4401: { state: 'logged-out' },
    4403: { state: 'blocked' },
    4409: { state: 'too-many' },
    4429: { wait: LONG_WAIT_SECONDS },
    1013: { wait: LONG_WAIT_SECONDS },
};

// What the refusal of any request says about the page as a whole.
export const REFUSALS = { __proto__: null, no_session: 'logged-out', blocked: 'blocked' };
// Only a new page can go on from these.
export const ENDED = new Set(['logged-out', 'blocked', 'stale']);

// Returns the frame, or null for what isn't one.
export function parse(text) {
    try {
        const frame = JSON.parse(text);
        return typeof frame?.type === 'string' ? frame : null;
    } catch {
        return null;
    }
}
