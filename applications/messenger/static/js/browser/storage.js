// The browser's local storage, or null where its settings forbid it.

export function storage() {
    try {
        return localStorage;
    } catch {
        return null;
    }
}
