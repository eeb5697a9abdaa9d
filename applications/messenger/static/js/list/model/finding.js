// What is looked for while somebody types: asked for after a pause, one question at a time, of which only the latest counts.
import { Timers } from '../../wire/clock.js';

const PAUSE_SECONDS = 0.2;
const LATE_SECONDS = 10;

export class Finding {
    #typed = '';
    #question = null;

    // `ask(typed, signal)` fetches what is found, until the signal calls it off; `show(typed, found)` puts it on the page: null before
    // it is known, false when it can't be.
    constructor({ ask, show, clock }) {
        Object.assign(this, { ask, show, timers: new Timers(clock) });
    }

    type(text) {
        const typed = text.trim();
        if (typed === this.#typed) {
            return;
        }
        this.#typed = typed;
        this.#drop();
        this.show(typed, null);
        if (typed) {
            this.timers.set('pause', PAUSE_SECONDS, () => this.#find(typed));
        }
    }

    #drop() {
        this.timers.cancelAll();
        this.#question?.abort();
        this.#question = null;
    }

    async #find(typed) {
        const question = new AbortController();
        this.#question = question;
        this.timers.set('late', LATE_SECONDS, () => question.abort());
        const found = await this.ask(typed, question.signal).catch(() => false);
        if (question === this.#question) {
            this.#drop();
            this.show(typed, found);
        }
    }
}

// Whether a name has words that begin with each word typed; as messenger_core/search/people.py has it.
export function isCalled(name, typed) {
    const words = wordsOf(name), sought = wordsOf(typed);
    return sought.length > 0 && sought.every(one => words.some(word => word.startsWith(one)));
}

// What is found, in three groups, nobody twice: of the `near`, [{ id, name }], those who are called so, then what the server has found.
export function groupsOf(typed, near, found) {
    const conversations = near.filter(({ id, name }) => isCalled(`${name} ${id}`, typed));
    const known = new Set(conversations.map(({ id }) => id));
    const people = (found?.people ?? []).map(({ user_id: id, name }) => ({ id, name })).filter(({ id }) => !known.has(id));
    return { conversations, people, messages: found?.messages ?? [] };
}

// Which of `count` results a key leads to from `index`, -1 for none of them; undefined when it leads nowhere.
export function stepOf(key, index, count) {
    const steps = { ArrowDown: index + 1 < count ? index + 1 : -1, ArrowUp: index < 0 ? count - 1 : index - 1 };
    // While none is chosen these two are for what is written.
    const ends = index < 0 ? {} : { Home: 0, End: count - 1 };
    return count ? { ...steps, ...ends }[key] : undefined;
}

function wordsOf(text) {
    return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}
