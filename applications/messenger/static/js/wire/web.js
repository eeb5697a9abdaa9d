// The same wire over plain HTTP: updates, history and single commands. Every failure is an Unanswered or the server's own refusal.

// Nothing that the server said: the network, a proxy, a page instead of JSON. The request may go again.
export class Unanswered extends Error {}

// The server's `error` object.
export class Refused extends Error {
    constructor(error) {
        super(error.message);
        this.error = error;
    }
}

// No more older messages at a time than a slow phone puts on the page between two frames.
const OLDER = 25;

export class Web {
    // `onRefused(error)` hears of every refusal, whoever has asked.
    constructor({ updatesUrl, historyUrl, conversationsUrl, searchUrl, commandUrl, activeUrl, userId, fetch, seconds = 20 }) {
        Object.assign(this, { updatesUrl, historyUrl, conversationsUrl, searchUrl, commandUrl, activeUrl });
        Object.assign(this, { author: Number(userId), fetch, seconds, onRefused: () => {} });
    }

    updates({ since, epoch }) {
        return this.#ask(withQuery(this.updatesUrl, { since, epoch }));
    }

    history(conversation, before) {
        return this.#askOwn(this.historyUrl, before ? { conversation, before, limit: OLDER } : { conversation });
    }

    conversations(parameters) {
        return this.#askOwn(this.conversationsUrl, parameters);
    }

    // The row of one conversation, by the place its last message has in the feed: there is no address for a single one. Null if that
    // isn't its last message any more.
    async conversation(conversation, seq) {
        const { conversations: [row] } = await this.conversations({ before: seq + 1, limit: 1 });
        return row?.conversation === conversation ? row : null;
    }

    // Until `signal` calls it off.
    search(parameters, signal) {
        return this.#askOwn(this.searchUrl, parameters, { signal });
    }

    command(frame) {
        return this.#ask(this.commandUrl, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ ...frame, author: this.author }),
        });
    }

    // Somebody is at the page: web2py may keep the session alive.
    active() {
        return this.#ask(this.activeUrl);
    }

    // Somebody else may have logged in in this browser since the page was made: what is theirs is no answer. `updates` says whose it is.
    #askOwn(url, parameters, options) {
        return this.#ask(withQuery(url, { ...parameters, author: this.author }), options);
    }

    async #ask(url, options = {}) {
        const answer = await this.#answer(url, options);
        if (answer.type === 'error') {
            const refused = new Refused(answer);
            this.onRefused(refused);
            throw refused;
        }
        return answer;
    }

    async #answer(url, options) {
        try {
            const response = await this.fetch(url, {
                cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(this.seconds * 1000), ...options,
            });
            const answer = await response.json();
            if (answer && typeof answer === 'object' && (response.ok || answer.type === 'error')) {
                return answer;
            }
        } catch {
            // Told apart from an answer below.
        }
        throw new Unanswered();
    }
}

function withQuery(url, parameters) {
    return `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams(parameters)}`;
}
