// Who of those one writes with is here, and when the others were last seen. Of who doesn't show it neither is known.

export class Presence {
    #here = new Set();
    #seen = new Map();

    // A frame of the line; returns whether it was about this.
    hear({ type, user_id: person, online, last_seen: seen }) {
        if (type === 'presence') {
            this.#here[online ? 'add' : 'delete'](person);
            this.#note(person, seen);
        }
        return type === 'presence';
    }

    // Rows of conversations.json.
    learn(rows) {
        rows.forEach(({ user_id: person, last_seen: seen }) => this.#note(person, seen));
    }

    // The line is gone, or back: then whoever is here is named anew.
    forget() {
        this.#here.clear();
    }

    isHere(person) {
        return this.#here.has(person);
    }

    lastSeen(person) {
        return this.#seen.get(person);
    }

    #note(person, seen) {
        seen ? this.#seen.set(person, seen) : this.#seen.delete(person);
    }
}
