// The form a message is written in. It posts by itself where no script runs; here it hands its text to `onWrite`.

export class Composer {
    constructor({ form, error, onWrite }) {
        Object.assign(this, { form, error, onWrite, field: form.elements.content });
        form.addEventListener('submit', event => this.#submit(event));
        this.field.addEventListener('keydown', event => this.#press(event));
        this.field.addEventListener('input', () => this.complain(''));
    }

    complain(sentence) {
        this.error.textContent = sentence;
    }

    // Give back a text that was refused, unless the next one is being written; returns whether it was.
    giveBack(content) {
        if (this.field.value) {
            return false;
        }
        this.field.value = content;
        return true;
    }

    focus() {
        this.field.focus();
    }

    close() {
        this.form.querySelectorAll('button').forEach(button => {
            button.disabled = true;
        });
        this.isClosed = true;
    }

    #press(event) {
        // While an input method composes, Enter chooses a word; Safari says so by the key code only.
        const isComposing = event.isComposing || event.keyCode === 229;
        if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !isComposing) {
            event.preventDefault();
            this.form.requestSubmit();
        }
    }

    #submit(event) {
        event.preventDefault();
        if (!this.isClosed && this.field.value.trim()) {
            this.complain('');
            this.onWrite(this.field.value);
            this.field.value = '';
        }
        this.focus();
    }
}
