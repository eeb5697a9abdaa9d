// Where the socket is, for a page at `location`.

// `url` is the configured address or empty: then it is the page's host, at the sidecar's port.
export function socketAddress({ url, port, path }, location) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const address = url || `${scheme}://${location.hostname}:${port}${path}`;
    return `${address}${address.includes('?') ? '&' : '?'}v=1`;
}
