// The form a message is written in. It posts by itself where no script runs; here it hands its text to `onWrite`.
import { clock, Timers } from '../wire/clock.js';
import { enterOf, isSend } from './keys.js';
import { roomIn } from './room.js';

const SPOKEN_SECONDS = 1;

export class Composer {
    // Whoever uses it sets `onWrite(content)`, `onTaken(content)` for who keeps what isn't sent yet, and `onChange(content)` for every change.
    constructor({ form, error }) {
        Object.assign(this, {
            form, error, field: form.elements.content, button: form.querySelector('button'), room: form.querySelector('.composer__room'),
            spoken: form.querySelector('[role=status]'), limit: Number(form.dataset.limit), timers: new Timers(clock),
        });
        Object.assign(this, { onWrite: () => {}, onTaken: () => {}, onChange: () => {} });
        this.#explainEnter(form.querySelector('#composer-hint'));
        // An empty field is nothing to complain about.
        form.noValidate = true;
        form.addEventListener('submit', event => this.#submit(event));
        this.field.addEventListener('keydown', event => this.#press(event));
        this.field.addEventListener('input', () => this.#changed());
        // The keyboard of a phone would go with the focus.
        this.button.addEventListener('mousedown', event => event.preventDefault());
        this.#fit();
    }

    get text() {
        return this.field.value;
    }

    set text(content) {
        this.field.value = content;
        this.#changed();
    }

    complain(sentence) {
        this.error.textContent = sentence;
    }

    // Say in the page's language why the server has refused a message: the wire speaks English.
    refuse({ reason, error }) {
        this.complain(this.refusal(reason) ?? error);
    }

    refusal(reason) {
        return reason === 'new_conversations_per_day' ? this.form.dataset.textTooManyStarted : JSON.parse(this.form.dataset.refusals)[reason];
    }

    // Give back a text that was refused, unless the next one is being written; returns whether it was.
    giveBack(content) {
        if (this.text) {
            return false;
        }
        const complaint = this.error.textContent;
        this.text = content;
        this.complain(complaint);
        return true;
    }

    focus() {
        this.field.focus();
    }

    #explainEnter(hint) {
        const isTouch = matchMedia('(hover: none) and (pointer: coarse)').matches;
        this.enter = enterOf(document.documentElement.dataset.enter, isTouch);
        this.field.enterKeyHint = this.enter === 'sends' ? 'send' : 'enter';
        hint.textContent = this.enter === 'sends' ? hint.dataset.textSends : hint.dataset.textBreaks;
    }

    #press(event) {
        if (isSend(event, this.enter)) {
            event.preventDefault();
            this.form.requestSubmit();
        }
    }

    #submit(event) {
        event.preventDefault();
        const content = this.text;
        if (this.isOver) {
            this.complain(this.room.dataset.textTooLong);
        } else if (content.trim()) {
            this.onTaken(content);
            this.text = '';
            this.onWrite(content);
        }
        // After a tap the keyboard stays as it was; after a click people go on typing.
        if (this.form.contains(document.activeElement) || matchMedia('(hover: hover)').matches) {
            this.focus();
        }
    }

    #changed() {
        this.complain('');
        this.#fit();
        this.onChange(this.text);
    }

    #fit() {
        this.#grow();
        const left = roomIn(this.text, this.limit);
        this.isOver = left < 0;
        this.#tell(left === null ? '' : this.room.dataset[this.isOver ? 'textOver' : 'textLeft'].replace('%s', Math.abs(left)));
    }

    // Where the style sheet can't have it grow with its text.
    #grow() {
        if (!CSS.supports('field-sizing', 'content')) {
            this.field.style.blockSize = 'auto';
            this.field.style.blockSize = `${this.field.scrollHeight + this.field.offsetHeight - this.field.clientHeight}px`;
        }
    }

    // Shown with each key, spoken when nobody types.
    #tell(sentence) {
        this.room.textContent = sentence;
        this.form.classList.toggle('composer--over', this.isOver);
        this.field.setAttribute('aria-invalid', this.isOver);
        this.button.setAttribute('aria-disabled', this.isOver);
        this.timers.set('spoken', SPOKEN_SECONDS, () => {
            this.spoken.textContent = sentence;
        });
    }
}
