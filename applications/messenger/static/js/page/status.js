// The line that says whether the page is live.
import { Timers } from '../wire/clock.js';

// The first sign of life of a server that was silent is seldom what is waited for, which comes right behind it.
const MOMENTS = { __proto__: null, slow: 1 };
const LEADS_TO = { 'logged-out': 'loginUrl', blocked: 'loginUrl', stale: 'here' };

export class Status {
    // `texts` has a sentence for each state; `links` the addresses that some of them lead to.
    constructor({ line, texts, links, clock }) {
        Object.assign(this, { line, texts, links, timers: new Timers(clock) });
    }

    // What may be over within a moment is said after it.
    show(state) {
        if (state in MOMENTS) {
            this.timers.has(state) || this.timers.set(state, MOMENTS[state], () => this.#say(state));
        } else {
            this.timers.cancelAll();
            this.#say(state);
        }
    }

    #say(state) {
        if (this.line.dataset.state !== state) {
            this.line.dataset.state = state;
            this.line.replaceChildren(this.#sentence(state));
        }
    }

    #sentence(state) {
        const text = this.texts[state] ?? '';
        if (!(state in LEADS_TO)) {
            return text;
        }
        const link = document.createElement('a');
        link.href = this.links[LEADS_TO[state]];
        link.textContent = text;
        return link;
    }
}

// The sentences, from the data of `#live`.
export function sentencesOf(dataset) {
    return {
        connecting: dataset.textConnecting,
        online: dataset.textOnline,
        silent: dataset.textConnecting,
        slow: dataset.textSlow,
        reconnecting: dataset.textReconnecting,
        carried: dataset.textCarried,
        unanswered: dataset.textUnanswered,
        offline: dataset.textOffline,
        'logged-out': dataset.textLoggedOut,
        blocked: dataset.textBlocked ?? dataset.textLoggedOut,
        'too-many': dataset.textTooMany,
        stale: dataset.textStale,
    };
}
