// Which tab a page is in: a name that stays over reloads and pages. A tab that is duplicated takes the name with it, and so must get another.
//
// A page leaves the name free when it goes. Found in use it is that of another tab, from which this one was made, or of a page that crashed:
// either way what was written under it is the first thing to show here.

const KEY = 'messenger.tab';

export class PageTab {
    id = null;
    before = null;

    // `session` is the tab's own storage, or null where it is forbidden: then each page is a tab.
    constructor({ session, newId }) {
        Object.assign(this, { session, newId });
    }

    // The page is there, for the first time or again.
    enter() {
        const [id, state] = (this.#try(() => this.session.getItem(KEY)) ?? '').split(' ');
        if (id !== this.id) {
            const isFree = id && state === 'free';
            [this.before, this.id] = isFree ? [null, id] : [id || null, this.id ?? this.newId()];
        }
        this.#tell('used');
    }

    leave() {
        this.#tell('free');
    }

    #tell(state) {
        this.#try(() => this.session.setItem(KEY, `${this.id} ${state}`));
    }

    #try(call) {
        try {
            return call();
        } catch {
            return null;
        }
    }
}
