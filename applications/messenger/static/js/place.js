// Where the reader is in a scrolling list: kept at the end while they are there, and kept in place while older lines come in above.

const NEAR_PIXELS = 48;

export class Place {
    #wasAtEnd = true;

    constructor(list) {
        this.list = list;
        list.addEventListener('scroll', () => {
            this.#wasAtEnd = this.isAtEnd;
        }, { passive: true });
        // A phone's keyboard or a composer of many lines takes room from the list.
        new ResizeObserver(() => this.#wasAtEnd && this.toEnd()).observe(list);
        // The browser's own anchoring would move the list a second time.
        list.style.overflowAnchor = 'none';
    }

    get isAtEnd() {
        return this.list.scrollHeight - this.list.clientHeight - this.list.scrollTop < NEAR_PIXELS;
    }

    get isNearStart() {
        return this.list.scrollTop < this.list.clientHeight / 2;
    }

    toEnd() {
        this.list.scrollTop = this.list.scrollHeight;
    }

    // Let `change()` add lines at the end; follow them if the reader was there.
    following(change) {
        const wasAtEnd = this.isAtEnd;
        const result = change();
        if (wasAtEnd) {
            this.toEnd();
        }
        return result;
    }

    // Let `change()` add lines at the start; what the reader looks at stays where it is.
    keeping(change) {
        const anchor = this.list.firstElementChild;
        const before = anchor?.getBoundingClientRect().top ?? 0;
        change();
        this.list.scrollTop += (anchor?.getBoundingClientRect().top ?? 0) - before;
    }
}
