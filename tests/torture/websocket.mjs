// A WebSocket as pages know it, for node: its own can't bring a cookie and an Origin. Text only, and it can be cut off as a cable can.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';

const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;

export class WebSocket {
    readyState = 0;
    #stream = null;
    #unread = Buffer.alloc(0);
    #code = 1006;

    // `tap.message(text)` and `tap.close(code)` are told what comes before whoever uses the socket is.
    constructor(address, headers, tap) {
        Object.assign(this, { tap, onmessage: null, onclose: null });
        this.request = request(address.replace(/^ws/, 'http'), {
            agent: false,
            headers: {
                ...headers, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
                'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
            },
        });
        this.request.on('upgrade', (_, stream, head) => this.#opened(stream, head));
        this.request.on('response', answer => answer.destroy());
        this.request.on('error', () => {});
        this.request.on('close', () => this.#stream ?? this.#ended());
        this.request.end();
    }

    send(text) {
        this.#write(TEXT, Buffer.from(text));
    }

    close() {
        if (this.readyState === 1) {
            this.#write(CLOSE, Buffer.from([3, 232]));
            this.#stream.end();
        } else {
            this.cut();
        }
        this.readyState = 2;
    }

    // What a lost line does: nothing more is sent or heard, and nobody said goodbye.
    cut() {
        (this.#stream ?? this.request).destroy();
    }

    #opened(stream, head) {
        this.#stream = stream;
        this.readyState = 1;
        stream.setNoDelay(true);
        stream.on('data', data => this.#received(data));
        stream.on('error', () => {});
        stream.on('end', () => stream.destroy());
        stream.on('close', () => this.#ended());
        this.#received(head);
    }

    #ended() {
        this.readyState = 3;
        this.tap.close(this.#code);
        this.onclose?.({ code: this.#code });
    }

    #write(opcode, payload) {
        const mask = randomBytes(4);
        const length = payload.length < 126 ? Buffer.from([payload.length | 128]) : Buffer.from([254, payload.length >> 8, payload.length & 255]);
        this.#stream.write(Buffer.concat([Buffer.from([opcode | 128]), length, mask, payload.map((byte, index) => byte ^ mask[index % 4])]));
    }

    #received(data) {
        this.#unread = Buffer.concat([this.#unread, data]);
        for (let frame = this.#next(); frame; frame = this.#next()) {
            this.#understand(frame);
        }
    }

    #next() {
        const bytes = this.#unread;
        const short = bytes.length > 1 ? bytes[1] & 127 : 0;
        const start = { 126: 4, 127: 10 }[short] ?? 2;
        if (bytes.length < start) {
            return null;
        }
        const length = start === 2 ? short : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
        if (bytes.length < start + length) {
            return null;
        }
        this.#unread = bytes.subarray(start + length);
        return { opcode: bytes[0] & 15, payload: bytes.subarray(start, start + length) };
    }

    #understand({ opcode, payload }) {
        if (opcode === TEXT) {
            const data = payload.toString();
            this.tap.message(data);
            this.onmessage?.({ data });
        } else if (opcode === PING) {
            this.#write(PONG, payload);
        } else if (opcode === CLOSE) {
            this.#code = payload.length > 1 ? payload.readUInt16BE(0) : 1005;
            this.#stream.end();
        }
    }
}
