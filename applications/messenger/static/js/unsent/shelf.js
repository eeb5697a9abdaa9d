// What the pages keep in the browser's local storage. Each thing lies under a key of its own that says whose it is: other members of the
// install, other installs at the address and other applications have theirs. Must not live here: what is kept, and in which form.

// Things of one kind, by name. `storage` may be null, full or forbidden: then nothing is kept, and everything else works.
export class Shelf {
    // `home` tells two installs at one address apart, `userId` the members who log in in one browser.
    constructor({ storage, kind, home, userId }) {
        Object.assign(this, { storage, prefix: `messenger.${kind}${whose(home, userId)}`, left: leftKey(home, userId) });
    }

    // Returns the names, or null where nothing can be kept.
    names() {
        return this.#try(() => keysOf(this.storage).filter(key => key.startsWith(this.prefix)).map(key => this.#nameOf(key)));
    }

    get(name) {
        return this.#try(() => this.storage.getItem(this.prefix + name));
    }

    // Returns whether it is kept.
    set(name, text) {
        return this.#try(() => [this.storage.setItem(this.prefix + name, text)]) !== null;
    }

    remove(name) {
        return this.#try(() => [this.storage.removeItem(this.prefix + name)]) !== null;
    }

    // Whether a `storage` event says that they have logged out in another tab: see leave().
    isLeftBy({ key, newValue }) {
        return key === this.left && newValue !== null;
    }

    // Returns the name of what another tab has changed, or null when a `storage` event is about something else.
    changed({ key }) {
        if (key === this.left) {
            this.storage = null;
        }
        return key?.startsWith(this.prefix) ? this.#nameOf(key) : null;
    }

    #nameOf(key) {
        return key.slice(this.prefix.length);
    }

    #try(call) {
        try {
            return call();
        } catch {
            return null;
        }
    }
}

// Somebody has logged out: their other tabs keep nothing any more, and what was kept for them goes.
export function leave(storage, { home, userId }) {
    try {
        storage.setItem(leftKey(home, userId), '');
    } catch {
        // Full: it has to go all the same.
    }
    const isTheirs = key => key.startsWith('messenger.') && key.includes(whose(home, userId));
    keysOf(storage).filter(isTheirs).forEach(key => storage.removeItem(key));
}

function leftKey(home, userId) {
    return `messenger.left${whose(home, userId)}`;
}

function whose(home, userId) {
    return ` ${home} ${userId} `;
}

function keysOf(storage) {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index));
}
