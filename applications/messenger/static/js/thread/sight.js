// Where on the page the other's messages are that nobody has seen yet: model/seen.js says which have been. What has been seen isn't followed
// any more, so there are never many.
import { Seen } from './model/seen.js';

const STEPS = [0, 0.25, 0.5, 0.75, 1];

export class Sight {
    #items = new Map();
    #near = new Set();
    #observer = new IntersectionObserver(entries => this.#moved(entries), { threshold: STEPS });

    constructor({ list, isWatched }) {
        Object.assign(this, { list, seen: new Seen({ isWatched }), isThere: () => true });
    }

    // Call `onSeen(number)` for what is seen. `isThere()` says whether the reader is where they are taken to.
    tell(onSeen, isThere = () => true) {
        this.seen.onSeen = onSeen;
        this.isThere = isThere;
        this.look();
    }

    // A message of the other is on the page.
    follow(item) {
        const text = item.element.querySelector('.message__content');
        if (item.number > this.seen.upTo) {
            this.#items.set(text, item);
            this.#observer.observe(text);
        }
    }

    leave(item) {
        this.#drop(item.element.querySelector('.message__content'));
    }

    look() {
        if (this.#near.size && this.isThere()) {
            const { top, bottom } = this.list.getBoundingClientRect();
            const view = { top: Math.max(top, 0), bottom: Math.min(bottom, innerHeight) };
            this.seen.look(Array.from(this.#near, text => this.#placed(text)), view);
            this.#items.forEach((item, text) => item.number <= this.seen.upTo && this.#drop(text));
        }
    }

    forget() {
        this.seen.forget();
    }

    #moved(entries) {
        entries.forEach(({ target, isIntersecting }) => (isIntersecting && this.#items.has(target) ? this.#near.add(target) : this.#near.delete(target)));
        this.look();
    }

    #placed(text) {
        const { top, bottom } = text.getBoundingClientRect();
        return { number: this.#items.get(text).number, top, bottom };
    }

    #drop(text) {
        this.#observer.unobserve(text);
        this.#items.delete(text);
        this.#near.delete(text);
    }
}
