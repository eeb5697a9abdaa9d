// One of several tabs of a member: for which of them it sends what isn't sent yet. For itself, and for those that are gone.
//
// Each holds a lock of its own for as long as it is there. Another one that gets this lock is its heir, and holds it on, so that there is only
// one. Where the browser has no locks (a page over plain http, not from localhost) nobody can tell who is gone, and a page sends for all whose
// messages it finds when it comes: what two tabs send under one ref is stored once all the same.

export class Tab {
    #sendsFor = new Set();
    #waitsFor = new Map();

    // `locks` is the browser's lock manager, if it has one.
    constructor({ id, locks }) {
        Object.assign(this, { id, locks, leaving: null });
    }

    // The page is there, for the first time or again, and has found messages of the tabs `found`.
    enter(found) {
        this.leaving = new AbortController();
        this.#sendsFor = new Set(this.locks ? [this.id] : [this.id, ...found]);
        this.#request(this.id);
    }

    // The page goes, or is put away for the back button: a page that holds locks would not be.
    leave() {
        this.leaving?.abort();
        this.#waitsFor.clear();
    }

    // It has found something else that waits, of the tabs `found`.
    find(found) {
        if (!this.locks) {
            found.forEach(id => this.#sendsFor.add(id));
        }
    }

    sendsFor(id) {
        return this.#sendsFor.has(id);
    }

    // Be the heir of the tab `id` when it is gone, and then call `inherited`.
    follow(id, inherited) {
        const calls = this.#waitsFor.get(id);
        if (this.sendsFor(id) || calls) {
            calls?.add(inherited);
            return;
        }
        const all = new Set([inherited]);
        this.#waitsFor.set(id, all);
        this.#request(id, () => {
            this.#sendsFor.add(id);
            all.forEach(call => call());
        });
    }

    #request(id, granted) {
        hold(this.locks, `messenger.tab.${id}`, this.leaving.signal, granted);
    }
}

// Wait for a lock, call `granted`, and keep it until `signal` says that it's over.
export function hold(locks, name, signal, granted = () => {}) {
    const keep = () => {
        if (signal.aborted) {
            return null;
        }
        granted();
        return new Promise(resolve => signal.addEventListener('abort', resolve));
    };
    locks?.request(name, { signal }, keep).catch(() => {
        // Left before it was granted.
    });
}
