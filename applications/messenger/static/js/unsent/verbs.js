// Where verbs outlive their page: one thing on the shelf for each, so that a tab never takes away what another has done since.
// Must not live here: which tab sends them, and when.
import { Shelf } from './shelf.js';
import { parseVerb, targetOf } from './verb.js';

export class Verbs {
    #unkept = [];

    // shelf.js says what the parts of `whose` are.
    constructor(whose) {
        this.shelf = new Shelf({ kind: 'verbs', ...whose });
    }

    // Returns what waits in the order it was done, of each target the latest.
    load() {
        const kept = (this.shelf.names() ?? []).map(name => parseVerb(this.shelf.get(name)));
        const waiting = [...kept, ...this.#unkept].filter(entry => entry?.state === 'waits').sort((one, other) => one.at - other.at);
        const latest = new Map(waiting.map(entry => [targetOf(entry.frame), entry]));
        return waiting.filter(entry => latest.get(targetOf(entry.frame)) === entry);
    }

    // It takes the place of `before`. Where it can't be kept it still goes out, it only doesn't outlive its page.
    save(entry, before) {
        if (!this.shelf.set(entry.ref, JSON.stringify(entry))) {
            this.#unkept.push(entry);
        }
        if (before) {
            this.#remove(before);
        }
    }

    // It is over. The last thing the other tabs hear of it is how.
    end(entry) {
        this.shelf.set(entry.ref, JSON.stringify(entry));
        this.#remove(entry);
    }

    // Returns the entry that another tab has changed, or null when a `storage` event is about something else.
    changed(event) {
        return this.shelf.changed(event) === null ? null : parseVerb(event.newValue);
    }

    // What the browser died over goes, too.
    #remove({ frame, at, ref }) {
        const isOlder = entry => targetOf(entry.frame) === targetOf(frame) && entry.at <= at;
        this.#unkept = this.#unkept.filter(entry => !isOlder(entry));
        this.shelf.remove(ref);
        (this.shelf.names() ?? []).filter(name => {
            const entry = parseVerb(this.shelf.get(name));
            return !entry || isOlder(entry);
        }).forEach(name => this.shelf.remove(name));
    }
}
