// What every live page of a member is made of, from the data of `#live`: the line to the server, the outbox, the status. What else is on the
// page listens.
import { watch, watchActivity } from '../browser/attention.js';
import { emptyPage, hide, show } from './ended.js';
import { partsOf } from './parts.js';
import { sayTakenBack } from './taken_back.js';

const NEWS = ['onOpen', 'onCurrent', 'onEvent', 'onReset'];

export class Live {
    #listeners = [];
    #isOver = false;
    #isBack = false;

    constructor({ dataset }) {
        Object.assign(this, partsOf(dataset), { dataset, userId: Number(dataset.userId) });
        NEWS.forEach(name => {
            this.line[name] = news => this.#tell(name, news);
        });
        this.lane.onChange = entry => this.#tell('onVerb', entry);
        this.line.onState = state => {
            this.#tell('onState', state);
            this.line.isEnded && this.#end(state);
        };
    }

    // `listener` may have onStart(), when the page is there, for the first time or again; onBack(), when one that is there again is known to
    // be its member's; line.js's onState(state), onOpen(), onCurrent(), onEvent(event), onReset(); onVerb(entry) as lane.js has it;
    // onDraft(place) when another tab has changed what is kept for a place; and onEnded(state), the last thing it hears, while everything
    // is still on the page that is emptied then.
    listen(listener) {
        this.#listeners.push(listener);
    }

    // The reader's day has ended: onDay().
    turned() {
        this.#tell('onDay');
    }

    // An answer of conversations.json has come, whoever asked for it: onListed(answer).
    listed(answer) {
        this.#tell('onListed', answer);
    }

    // Have a verb done, now or when the server can; returns whether it will be. A page that has ended can't.
    do(frame, options) {
        if (this.line.isEnded) {
            return false;
        }
        this.lane.do(frame, options);
        return true;
    }

    open() {
        watch({
            looked: () => this.line.wake(), left: () => this.#left(), back: () => this.#back(),
            network: isThere => (isThere ? this.line.renew() : this.line.wake()),
        });
        watchActivity(() => this.#isOver || this.activity.noticed());
        addEventListener('storage', event => this.#stored(event));
        this.#start();
    }

    #back() {
        this.#isBack = true;
        this.#isOver ? location.reload() : this.#start();
    }

    // What other pages have left unsent goes out from here, too.
    #start() {
        this.drafts.enter();
        this.outbox.open();
        this.lane.open();
        this.#tell('onStart');
        this.line.open();
    }

    #left() {
        hide();
        this.drafts.leave();
        this.line.pause();
        this.lane.hold();
        this.outbox.close();
    }

    #end(state) {
        try {
            this.#tell('onEnded', state);
        } finally {
            this.#isOver = true;
            this.lane.hold();
            this.outbox.close();
            emptyPage(this.status.line);
        }
    }

    #stored(event) {
        const entry = this.keep.changed(event), draft = this.drafts.changed(event), verb = this.lane.verbs.changed(event);
        this.places.heard(event);
        if (this.keep.isLeftBy(event)) {
            this.line.end('logged-out');
        }
        if (entry) {
            this.outbox.heard(entry);
        }
        if (verb) {
            this.lane.heard(verb);
        }
        if (draft) {
            this.#tell('onDraft', draft);
        }
    }

    #tell(name, news) {
        if (!this.#isOver) {
            this.#own[name]?.(news);
            this.#listeners.forEach(listener => listener[name]?.(news));
        }
    }

    #own = {
        onState: state => {
            this.status.show(state);
            this.places.onState(state);
        },
        onOpen: () => {
            show();
            this.#isBack && this.#tell('onBack');
            this.#isBack = false;
            this.lane.hold();
            this.outbox.flush();
            this.arrivals.tellAgain();
        },
        onCurrent: () => this.lane.flush(),
        onEvent: event => this.arrivals.hear(event),
        onReset: () => {
            this.lane.flush();
            this.arrivals.forget();
        },
        onEnded: () => this.drafts.onEnded(),
        onVerb: entry => sayTakenBack(entry, this.dataset.textTakenBack),
    };
}
