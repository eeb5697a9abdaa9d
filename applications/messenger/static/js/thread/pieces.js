// A long list in pieces, each a list of its own: what is added to one lets the browser leave the others as they are, and those that are done
// it need not even lay out while they are out of sight (content-visibility in css/thread.css).

const FULL = 50;
const DONE = 'messages--done';

export class Pieces {
    // `list` holds the pieces; the server has begun with one.
    constructor(list) {
        this.list = list;
    }

    // Put an element after another one, or without one at the start; it stays untouched where it is there already.
    put(element, earlier) {
        if (!earlier) {
            this.#putFirst(element);
        } else if (!isNext(element, earlier)) {
            const piece = earlier.parentNode;
            const isAtEnd = piece === this.list.lastElementChild && earlier === piece.lastElementChild;
            isAtEnd && piece.childElementCount >= FULL ? this.#begin(piece).append(element) : earlier.after(element);
        }
    }

    remove(element) {
        const piece = element.parentNode;
        element.remove();
        if (!piece.childElementCount && this.list.childElementCount > 1) {
            piece.remove();
        }
    }

    #putFirst(element) {
        const piece = this.list.firstElementChild;
        if (piece.firstElementChild === element) {
            return;
        }
        if (piece.childElementCount < FULL) {
            piece.prepend(element);
        } else {
            const earlier = piece.cloneNode(false);
            earlier.classList.remove(DONE);
            earlier.append(element);
            piece.before(earlier);
            finish(piece);
        }
    }

    #begin(piece) {
        const next = piece.cloneNode(false);
        piece.after(next);
        finish(piece);
        return next;
    }
}

function isNext(element, earlier) {
    const before = element.previousElementSibling ?? element.parentNode?.previousElementSibling?.lastElementChild;
    return before === earlier;
}

// Not before it has been laid out once: from then on the browser knows its height.
function finish(piece) {
    requestAnimationFrame(() => requestAnimationFrame(() => piece.classList.add(DONE)));
}
