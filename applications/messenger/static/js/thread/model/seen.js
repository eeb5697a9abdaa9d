// Which of the other's messages somebody has had before their eyes: up to the newest of them. Knows no page; it is told what is where.

// About a line of text. Who has seen the first line of a long message has seen it, and so has who comes from below and has seen its last.
const LINE_PIXELS = 16;

export class Seen {
    upTo = 0;

    // `isWatched()` says whether somebody can be looking; `onSeen(number)` is called for each message that is the newest so far.
    constructor({ isWatched, onSeen = () => {} }) {
        Object.assign(this, { isWatched, onSeen });
    }

    // `messages` are [{ number, top, bottom }], `view` is { top, bottom } of what can be seen at this moment.
    look(messages, view) {
        if (this.isWatched()) {
            const number = Math.max(0, ...messages.filter(message => isInSight(message, view)).map(message => message.number));
            if (number > this.upTo) {
                this.upTo = number;
                this.onSeen(number);
            }
        }
    }

    // Numbers start over after a reset.
    forget() {
        this.upTo = 0;
    }
}

function isInSight({ top, bottom }, view) {
    const shown = Math.min(bottom, view.bottom) - Math.max(top, view.top);
    return bottom > top && shown >= Math.min(bottom - top, LINE_PIXELS);
}
