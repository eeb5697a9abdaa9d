// The name a message has before the server has given it an id: whoever repeats a send under the same ref stores nothing twice.

// crypto.randomUUID is missing on plain http outside of localhost, getRandomValues is not.
export function newRef(crypto = globalThis.crypto) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
