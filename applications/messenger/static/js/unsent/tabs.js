// The tabs of one member in one browser, who know of each other by locks: which of them speaks for all, and whether somebody looks at one.
import { hold } from './tab.js';

export class Tabs {
    #looking = null;

    // `id` is this tab's; where the browser has no `locks` each tab is alone.
    constructor({ id, locks, prefix }) {
        Object.assign(this, { id, locks, prefix, leaving: null, isLeader: !locks });
    }

    // The page is there, for the first time or again.
    enter() {
        this.leaving = new AbortController();
        hold(this.locks, `${this.prefix}leader`, this.leaving.signal, () => {
            this.isLeader = true;
        });
    }

    // The page goes, or is put away for the back button.
    leave() {
        this.look(null);
        this.leaving?.abort();
        this.isLeader = !this.locks;
    }

    // What somebody looks at in this tab now; null: they look elsewhere.
    look(at) {
        this.#looking?.abort();
        this.#looking = at === null ? null : new AbortController();
        if (this.#looking) {
            hold(this.locks, `${this.prefix}look ${at} ${this.id}`, this.#looking.signal);
        }
    }

    // Returns what is looked at in any tab.
    async looking() {
        const { held } = await this.locks?.query() ?? { held: [] };
        const prefix = `${this.prefix}look `;
        return held.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length).split(' ')[0]);
    }
}
