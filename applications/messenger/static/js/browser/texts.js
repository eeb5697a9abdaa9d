// The sentences that the server has put beside an element for its script.

// The data-text-… of an element: { sending: 'Sending …' } of data-text-sending.
export function textsOf(dataset) {
    const texts = Object.entries(dataset).filter(([name]) => name.startsWith('text'));
    return Object.fromEntries(texts.map(([name, text]) => [name.charAt(4).toLowerCase() + name.slice(5), text]));
}
