// Whether somebody can be looking at the page, and what happens to it as a whole.

export function isWatched() {
    return !document.hidden && document.hasFocus();
}

// Calls `looked` when somebody turns to the page, `left` when the page is put away, `back` when it is fetched again, `network(isThere)` when
// the browser thinks that its network is back or gone.
export function watch({ looked, left = () => {}, back = () => {}, network = () => {} }) {
    document.addEventListener('visibilitychange', () => !document.hidden && looked());
    addEventListener('focus', looked);
    addEventListener('online', () => network(true));
    addEventListener('offline', () => network(false));
    // A page that the browser keeps for the back button must not hold a socket.
    addEventListener('pagehide', left);
    addEventListener('pageshow', event => event.persisted && back());
}

// Calls `noticed` for everything that somebody does at the page.
export function watchActivity(noticed) {
    for (const kind of ['keydown', 'pointerdown', 'pointermove', 'touchstart', 'wheel', 'scroll', 'focus']) {
        addEventListener(kind, noticed, { capture: true, passive: true });
    }
}
