// Who else is here and who types, as the list shows it; the head of a chat shows it in its own way.
import { clock, Timers } from '../wire/clock.js';
import { Presence } from './model/presence.js';
import { Typing } from './model/typing.js';

// A thousand who are here are named one by one.
const PAUSE_SECONDS = 0.05;

export class Company {
    #shows = [];

    constructor(live) {
        this.timers = new Timers(clock);
        this.presence = new Presence();
        this.typing = new Typing({ clock, say: frame => live.line.socket.send(frame), onChange: () => this.#changed() });
        live.listen({
            // Not by what is said of the line: while it is silent or slow it is the same one, and nobody is named anew.
            onState: () => live.line.socket.state === 'online' || this.#forget(),
            onOpen: () => this.#forget(),
            onEvent: event => {
                this.typing.hear(event);
                this.presence.hear(event) && this.#changed();
            },
            onListed: ({ conversations }) => {
                this.presence.learn(conversations);
                this.#changed();
            },
        });
    }

    // `show()` is called once something has changed.
    watch(show) {
        this.#shows.push(show);
    }

    #forget() {
        this.presence.forget();
        this.#changed();
    }

    #changed() {
        if (!this.timers.has('show')) {
            this.timers.set('show', PAUSE_SECONDS, () => this.#shows.forEach(show => show()));
        }
    }
}

// Returns what shows it in the rows of the list.
export function rowsOf(list, { presence, typing }, texts) {
    return () => list.querySelectorAll('.conversation').forEach(item => {
        // Somebody may have been here a moment ago and be a former member now.
        const person = item.querySelector('.conversation__name bdi') && Number(item.dataset.userId);
        note(item, 'here', texts.online, presence.isHere(person));
        note(item, 'typing', texts.typing, typing.isTyping(Number(item.dataset.conversation), person));
    });
}

function note(item, name, text, isShown) {
    item.classList.toggle(`conversation--${name}`, isShown);
    const found = item.querySelector(`.conversation__${name}`);
    if (!isShown) {
        found?.remove();
    } else if (!found) {
        const shown = document.createElement('span');
        shown.className = `conversation__${name}`;
        shown.textContent = text;
        item.firstElementChild.append(' ', shown);
    }
}
