// The browser's storages, the local one and that of this tab, or null where its settings forbid them.

export function storage() {
    return allowed(() => localStorage);
}

export function tabStorage() {
    return allowed(() => sessionStorage);
}

function allowed(storageOf) {
    try {
        return storageOf();
    } catch {
        return null;
    }
}
