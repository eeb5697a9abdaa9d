// What the pages keep in a storage of the browser, the local one or the tab's. Each thing lies under a key that says whose it is: other members
// of the install, other installs at the address and other applications have theirs. Must not live here: what is kept, and in which form.

// Things of one kind, by name. `storage` may be null, full or forbidden: then nothing is kept, and everything else works.
export class Shelf {
    // `home` tells two installs at one address apart, `userId` the members who log in in one browser.
    constructor({ storage, kind, home, userId }) {
        const prefix = `messenger.${kind}${whose(home, userId)}`;
        Object.assign(this, { storage, prefix, everybodys: `messenger.${kind} ${home} `, left: leftKey(home, userId) });
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

    // Remove whatever lies under a key.
    forget(key) {
        return this.#try(() => [this.storage.removeItem(key)]) !== null;
    }

    // Returns the name of what another tab has changed, or null when a `storage` event is about something else.
    changed(event) {
        const { key } = event;
        if (this.isLeft(event)) {
            this.storage = null;
        }
        return key?.startsWith(this.prefix) ? this.#nameOf(key) : null;
    }

    // Whether it says that the member has logged out.
    isLeft({ key, newValue }) {
        return newValue === '' && (key === this.left || key.startsWith(this.prefix));
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
    const isTheirs = key => key.startsWith('messenger.') && key.includes(whose(home, userId));
    const theirs = keysOf(storage).filter(isTheirs);
    // Where there is no room for one thing more, those that are there say it.
    tell(storage, leftKey(home, userId)) || theirs.forEach(key => tell(storage, key));
    theirs.forEach(key => storage.removeItem(key));
}

// Another member is logged in in this tab: what it holds for those before goes.
export function dropOthers(shelf) {
    try {
        const isOthers = key => key.startsWith(shelf.everybodys) && !key.startsWith(shelf.prefix);
        keysOf(shelf.storage).filter(isOthers).forEach(key => shelf.forget(key));
    } catch {
        // Nothing can be kept, and so nothing is.
    }
}

export function keysOf(storage) {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index));
}

// What is told by it is that it changes.
function tell(storage, key) {
    try {
        storage.setItem(key, '');
        storage.removeItem(key);
        return true;
    } catch {
        return false;
    }
}

function leftKey(home, userId) {
    return `messenger.left${whose(home, userId)}`;
}

function whose(home, userId) {
    return ` ${home} ${userId} `;
}
