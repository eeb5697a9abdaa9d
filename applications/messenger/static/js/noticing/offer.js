// The line that offers notifications, once there is something to be told of; and the browser's own way to show them.

// Returns the notification, or null where there may be none.
export function notify(title, options) {
    try {
        return Notification.permission === 'granted' ? new Notification(title, options) : null;
    } catch {
        return null;
    }
}

export class Offer {
    // `shelf` remembers that it was declined.
    constructor(line, shelf) {
        Object.assign(this, { line, shelf });
        const [yes, no] = line.querySelectorAll('button');
        yes.addEventListener('click', () => this.#accept());
        no.addEventListener('click', () => this.#decline());
    }

    // Somebody has written to the member, or the member to somebody.
    make() {
        this.line.hidden = !(globalThis.Notification?.permission === 'default' && canNotify() && this.shelf.get('declined') === null);
    }

    #accept() {
        this.line.hidden = true;
        Notification.requestPermission();
    }

    #decline() {
        this.line.hidden = true;
        this.shelf.set('declined', '');
    }
}

// On Android only a service worker may show them, and a browser says so when it is tried. Without permission nothing is shown.
function canNotify() {
    try {
        return Boolean(new Notification(''));
    } catch {
        return false;
    }
}
