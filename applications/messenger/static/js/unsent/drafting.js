// The text in a form as it is kept: shown again by later pages, and followed by other tabs that show the same place.

export class Drafting {
    #isKept = true;
    #isShowing = false;

    // `composer` has a `text`, and may know `where` it was written; it calls `onChange(text, where)` for every change of it, and
    // `onTaken(text)` when it is handed over to be sent.
    // `isUsed()` says whether somebody can be writing here: nothing is changed under their hands.
    constructor({ drafts, composer, place, isUsed }) {
        Object.assign(this, { drafts, composer, place, isUsed });
        composer.onChange = (text, where) => {
            if (!this.#isShowing) {
                this.#isKept = drafts.keep(place, text, where);
            }
        };
        composer.onTaken = text => drafts.sent(place, text);
    }

    // The page is there. It may have come with a text, one that couldn't be sent.
    open() {
        const { text, where } = this.composer;
        if (text) {
            this.#isKept = this.drafts.receive(this.place, text, where);
        } else {
            this.#show();
        }
    }

    // The page is there again, and hasn't heard what other tabs did.
    reopen() {
        if (this.#isKept) {
            this.#show();
        }
    }

    // Another tab has changed the text for a place.
    heard(place) {
        if (place === this.place && this.#isKept && !this.isUsed()) {
            this.#show();
        }
    }

    #show() {
        const { text, where } = this.drafts.show(this.place);
        if (text !== this.composer.text) {
            this.#isShowing = true;
            this.composer.text = text;
            this.#isShowing = false;
        }
        this.where = where;
    }
}
