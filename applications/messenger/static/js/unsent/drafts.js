// What somebody is writing and has not sent: of each tab a text for each place, kept over pages and days. A text that was sent is the
// outbox's. Must not live here: where a text is shown.
//
// A tab shows its own text. One without shows the newest of the others, and goes on with it: what a tab has left that is gone is then this
// one's. A tab that isn't gone puts its own back, which needs no way to tell which are.
import { Aside } from './aside.js';
import { Texts } from './texts.js';

export class Drafts {
    // What this page shows, by place.
    #here = new Map();
    #isEnded = false;

    // `tab` is a PageTab, `session` the tab's own storage; shelf.js says what the parts of `whose` are.
    constructor({ tab, session, clock, newId, ...whose }) {
        Object.assign(this, { tab, clock, newId, texts: new Texts(whose), aside: new Aside({ ...whose, storage: session }) });
        tab.enter();
        this.aside.giveBack(entry => this.#takeBack({ ...entry, tab: tab.id }));
        this.texts.sweep(clock.now(), tab.id);
    }

    // The page is there again, or goes.
    enter() {
        this.tab.enter();
    }

    leave() {
        this.tab.leave();
    }

    // The text for a place, or ''.
    of(place) {
        return this.#find(place)?.text ?? '';
    }

    // Returns what a field shows from now on: {text} and, if known, {where} it was written.
    show(place) {
        const found = this.#find(place) ?? null;
        this.#here.set(String(place), found);
        return found ?? { text: '' };
    }

    // Keep a text, of blanks none, written in the field `where`; returns whether that has worked.
    keep(place, text, where) {
        const before = this.#here.get(String(place));
        const entry = { place: String(place), tab: this.tab.id, text, at: this.clock.now(), where: where ?? before?.where };
        const isBlank = !text.trim();
        this.#here.set(entry.place, isBlank ? null : entry);
        if (this.#isEnded) {
            return isBlank || this.aside.put(entry);
        }
        const isKept = isBlank ? this.texts.remove(entry) : this.#put(entry);
        if (isKept && before && before.tab !== this.tab.id && this.#stored(before)?.text === before.text) {
            this.texts.remove(before);
        }
        return isKept;
    }

    // The page has come with a text, one that couldn't be sent; another one that was here stays, for later.
    receive(place, text, where) {
        const own = this.#stored({ place: String(place), tab: this.tab.id });
        if (own && !own.ref && own.text.trim() !== text.trim()) {
            this.texts.put({ ...own, tab: this.newId() });
        }
        return this.keep(place, text, where ?? own?.where);
    }

    // A text is sent: copies of it in other tabs would send it twice.
    sent(place, text) {
        const isIt = entry => entry?.text.trim() === text.trim();
        this.texts.of(place).filter(isIt).forEach(entry => this.texts.end(entry));
        if (isIt(this.#here.get(String(place)))) {
            this.#here.set(String(place), null);
        }
    }

    // A form goes to the server with it, under a name by which a later page says that it was taken.
    posted(place, text, ref) {
        if (this.keep(place, text) && text.trim() && !this.#isEnded) {
            this.texts.put({ ...this.#here.get(String(place)), ref });
        }
    }

    // Returns under which name a text was posted that may have been taken: under that one it is the same message again.
    refOf(place, text) {
        const found = this.#find(place);
        return found?.text === text ? found.ref : undefined;
    }

    // What was posted under these names is sent; returns what that was.
    taken(refs) {
        const found = this.texts.all().filter(({ ref }) => ref && refs.includes(ref));
        found.forEach(({ place, text }) => this.sent(place, text));
        return found;
    }

    // Returns a Map of those for conversations, by the other's id.
    all() {
        const places = this.texts.all().map(({ place }) => place).filter(place => Number(place));
        return new Map(places.map(place => [Number(place), this.of(place)]));
    }

    // Returns for which place another tab has changed the text, or null when a `storage` event is about something else.
    changed(event) {
        const change = this.texts.changed(event);
        if (this.texts.shelf.isLeft(event)) {
            this.onEnded();
        }
        const own = change?.tab === this.tab.id ? this.#here.get(change.place) : null;
        // Who has gone on with a text of an ended page has it now.
        if (own && (change.isSent || (change.isGone && this.#isEnded))) {
            this.#here.set(change.place, null);
        } else if (own?.tab === this.tab.id && change.isGone) {
            this.texts.put(own);
            return null;
        }
        return change && (Number(change.place) || change.place);
    }

    // The session has ended: what is in the fields of this tab and nowhere else stays with it, and is given back to the same member only.
    // What is kept for all tabs may be sent from another one first.
    onEnded() {
        this.#isEnded = true;
        this.#here.forEach(entry => entry && this.#stored(entry)?.text !== entry.text && this.aside.put(entry));
    }

    #find(place) {
        const found = this.texts.of(place);
        const of = id => found.find(({ tab }) => tab === id);
        return of(this.tab.id) ?? of(this.tab.before) ?? found[0];
    }

    #stored({ place, tab }) {
        return this.texts.of(place).find(entry => entry.tab === tab);
    }

    #put(entry) {
        if (this.texts.put(entry)) {
            return true;
        }
        this.texts.sweep(this.clock.now(), this.tab.id);
        return this.texts.put(entry);
    }

    #takeBack(entry) {
        return this.#stored(entry)?.at >= entry.at || this.texts.put(entry);
    }
}
