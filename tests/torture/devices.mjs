// Many devices in one process. Commands come as lines of JSON, each is answered by one; `report` is the last.
import { createInterface } from 'node:readline';
import { Device } from './device.mjs';

const READS = 0.2;
const THINK_MILLISECONDS = 40;
const UNSENT = 3;
const CALM_MILLISECONDS = [300, 2500];
const AWAY_MILLISECONDS = 400;
const LOOK_MILLISECONDS = 20;

let devices = [], random, isWriting = true, isRestless = true, written = 0;

const commands = {
    start({ seed, members, calm }) {
        isRestless = !calm;
        random = numbers(seed);
        devices = members.map(member => ({ device: new Device(member, random), writes: member.writes, name: member.name }));
        devices.forEach(one => {
            one.device.onMessage = event => isWriting && event.sender_id !== one.device.userId && random() < READS && one.device.read(event);
            one.device.line.open();
            one.writes.length && write(one);
            trouble(one.device);
        });
        return {};
    },
    written: () => ({ written, acked: devices.reduce((sum, { device }) => sum + device.acked, 0) }),
    // No more is written; what was goes on until it is answered.
    finish({ seconds }) {
        isWriting = isRestless = false;
        return until(seconds, () => devices.every(({ device }) => device.isQuiet));
    },
    settle({ seconds, expected }) {
        return until(seconds, () => devices.every(({ device, name }) => device.has(expected[name])));
    },
    // Everybody leaves and comes back: nothing that was seen may come again.
    async resync({ seconds, head }) {
        devices.forEach(({ device }) => device.leave());
        devices.forEach(({ device }) => device.back());
        const answer = await until(seconds, () => {
            // Welcomed before the server itself had got that far, it missed nothing, and is told nothing if the rest is between others.
            devices.forEach(({ device }) => device.isCurrent() && !device.isCurrent(head) && (device.leave(), device.back()));
            return devices.every(({ device }) => device.isCurrent(head));
        });
        devices.forEach(({ device }) => { device.isBehind = !device.isCurrent(head); });
        return answer;
    },
    report: () => ({ devices: devices.map(({ device }) => device.report) }),
};

function write(one) {
    if (isWriting && one.device.outbox.entries.length < UNSENT) {
        written += 1;
        one.device.write(pick(one.writes), `${one.name} ${written} ${'x'.repeat(random() * 200)}`);
    }
    isWriting && setTimeout(() => write(one), random() * THINK_MILLISECONDS);
}

// People close lids, lose the network and look at their pages again.
function trouble(device) {
    const [least, most] = CALM_MILLISECONDS;
    setTimeout(() => {
        if (isRestless) {
            pick([() => device.cut(), () => device.line.wake(), () => away(device)])();
            trouble(device);
        }
    }, least + random() * (most - least));
}

function away(device) {
    device.leave();
    setTimeout(() => device.back(), random() * AWAY_MILLISECONDS);
}

async function until(seconds, isSo) {
    const deadline = Date.now() + 1000 * seconds;
    while (!isSo() && Date.now() < deadline) {
        await new Promise(resolve => setTimeout(resolve, LOOK_MILLISECONDS));
    }
    return { done: isSo() };
}

function pick(list) {
    return list[Math.floor(random() * list.length)];
}

// Marsaglia's xorshift: the same numbers for the same seed.
function numbers(seed) {
    let state = (seed * 2654435761 + 1) >>> 0 || 1;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) / 2 ** 32;
    };
}

for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...asked } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await commands[command](asked))}\n`);
}
process.exit();
