// Where things are: the socket, for a page at `location`, and somebody's chat.

// `url` is the configured address or empty: then it is the page's host, at the sidecar's port.
export function socketAddress({ url, port, path }, location) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const address = url || `${scheme}://${location.hostname}:${port}${path}`;
    return `${address}${address.includes('?') ? '&' : '?'}v=1`;
}

// `chatUrl` is the address of the chat with member 0. Who was deleted has no number any more: then the conversation has.
export function chatAddress(chatUrl, person, conversation) {
    return chatUrl.replace(/\/0(?=#|$)/, person ? `/${Number(person)}` : `/former/${Number(conversation)}`);
}
