// Where the reader is in a list that scrolls from its end (flex-direction: column-reverse): there, scrollTop is 0, and above it less than that.
// So a reader at the end stays there, and one further up isn't moved by what comes in above. What comes in below would move them.

const NEAR_PIXELS = 48;
const SCREENS_AHEAD = 2;        // so early are older messages asked for

export class Place {
    constructor(list) {
        this.list = list;
    }

    get isAtEnd() {
        return -this.list.scrollTop < NEAR_PIXELS;
    }

    // Whether the end is out of sight by so much that one may want to be taken there.
    get isFarFromEnd() {
        return -this.list.scrollTop > this.list.clientHeight / 2;
    }

    get isNearStart() {
        const { scrollHeight, clientHeight, scrollTop } = this.list;
        return scrollHeight - clientHeight + scrollTop < clientHeight * SCREENS_AHEAD;
    }

    toEnd() {
        this.list.scrollTop = 0;
    }

    isAtStartOf(element) {
        return Math.abs(this.#above(element)) < NEAR_PIXELS;
    }

    // Show an element at the top, unless it is in sight already.
    toStartOf(element) {
        this.list.scrollTop -= Math.max(0, this.#above(element));
    }

    // Let `change()` add lines at the end; who reads there follows them, who is further up stays.
    following(change) {
        const { isAtEnd } = this;
        const { scrollTop, scrollHeight } = this.list;
        change();
        // Not by the difference: the browser may have moved it already.
        this.list.scrollTop = isAtEnd ? 0 : scrollTop - (this.list.scrollHeight - scrollHeight);
    }

    // By how much an element begins above what is in sight.
    #above(element) {
        return this.list.getBoundingClientRect().top - element.getBoundingClientRect().top;
    }
}
