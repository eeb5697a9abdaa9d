// The text in the composer as it is kept: shown again by later pages, and followed by other tabs that show the same conversation.

export class Drafting {
    #isKept = true;

    // `isUsed()` says whether somebody can be writing here: nothing is changed under their hands.
    constructor({ drafts, composer, otherId, isUsed }) {
        Object.assign(this, { drafts, composer, otherId, isUsed });
        composer.onChange = content => {
            this.#isKept = drafts.keep(otherId, content);
        };
    }

    // The page is there. It may have come with a text, one that couldn't be sent without a script.
    open() {
        const { text } = this.composer;
        text ? this.composer.onChange(text) : this.#show();
    }

    // The page is there again, and hasn't heard what other tabs did.
    reopen() {
        if (this.#isKept) {
            this.#show();
        }
    }

    // Another tab has changed the text for somebody.
    heard(otherId) {
        if (otherId === this.otherId && !this.isUsed()) {
            this.#show();
        }
    }

    #show() {
        const kept = this.drafts.of(this.otherId);
        if (kept !== this.composer.text) {
            this.composer.text = kept;
        }
    }
}
