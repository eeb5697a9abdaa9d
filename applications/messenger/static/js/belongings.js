// What the pages keep in the browser's local storage, each thing under a key of its own, that says whose it is. Other members of the
// install, other installs at the address and other applications have theirs.

// `home` tells two installs at one address apart, `userId` the members who log in in one browser.
export function prefixOf(kind, home, userId) {
    return `messenger.${kind} ${home} ${userId} `;
}

export function keysOf(storage, prefix) {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index)).filter(key => key.startsWith(prefix));
}
