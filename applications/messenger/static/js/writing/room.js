// How much more fits into a message. Characters are counted as the server counts them: by code points.

const NEAR = 0.1;

// Returns how many characters are left, below 0 how many are too many; null while that is nobody's concern.
export function roomIn(text, limit) {
    const near = Math.floor(limit * NEAR);
    if (text.length < limit - near) {
        return null;
    }
    const left = limit - Array.from(text).length;
    return left <= near ? left : null;
}
