// Letting the browser do what waits for it: what takes long is done in pieces, with a breath between them.

// Waits until the page has been painted, or isn't seen: then it won't be.
export function painted() {
    return new Promise(done => {
        document.hidden ? setTimeout(done) : requestAnimationFrame(() => setTimeout(done));
        document.addEventListener('visibilitychange', done, { once: true });
    });
}

// Waits until whatever else the browser has to do had its turn.
export function breath() {
    return globalThis.scheduler?.yield?.() ?? new Promise(done => setTimeout(done));
}
