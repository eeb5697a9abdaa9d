// The line that says whether the page is live.

const LEADS_TO = { 'logged-out': 'loginUrl', blocked: 'loginUrl', stale: 'here' };

export class Status {
    // `texts` has a sentence for each state; `links` the addresses that some of them lead to.
    constructor({ line, texts, links }) {
        Object.assign(this, { line, texts, links });
    }

    show(state) {
        if (this.line.dataset.state === state) {
            return;
        }
        this.line.dataset.state = state;
        this.line.replaceChildren(this.#sentence(state));
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
export function textsOf(dataset) {
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
