// The button that takes the reader to the newest message, and says how many have come in below meanwhile.

export class Jump {
    #count = 0;

    // `words(count)` is the sentence for so many new messages.
    constructor({ button, place, words }) {
        Object.assign(this, { button, place, words, label: button.getAttribute('aria-label') });
        button.addEventListener('click', () => {
            place.toEnd();
            // It goes, and with it the focus would.
            place.list.focus({ preventScroll: true });
        });
    }

    arrived() {
        this.#count += this.place.isAtEnd ? 0 : 1;
        this.look();
    }

    // The reader may be somewhere else now.
    look() {
        this.#count = this.place.isAtEnd ? 0 : this.#count;
        this.button.hidden = !this.#count && !this.place.isFarFromEnd;
        const words = this.#count ? this.words(this.#count) : '';
        if (this.button.textContent !== words) {
            this.button.textContent = words;
            words ? this.button.removeAttribute('aria-label') : this.button.setAttribute('aria-label', this.label);
        }
    }
}
