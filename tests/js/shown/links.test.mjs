import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { partsOf } from '../../../applications/messenger/static/js/shown/links.js';

function table(name) {
    return JSON.parse(readFileSync(new URL(`../../cases/${name}.json`, import.meta.url), 'utf-8'));
}

test('each text of the table has its links and stays what it was', () => {
    for (const [text, expected] of table('links')) {
        const parts = partsOf(text);
        assert.deepEqual(parts.filter(part => part.href).map(({ text: shown, href }) => [shown, href]), expected, JSON.stringify(text));
        assert.equal(parts.map(part => part.text).join(''), text);
    }
});

test('every link is one of the web', () => {
    for (const [text] of table('links')) {
        for (const { href } of partsOf(text).filter(part => part.href)) {
            const { protocol, username, password } = new URL(href, 'data:text/plain,');
            assert.match(protocol, /^https?:$/, href);
            assert.equal(username + password, '', href);
        }
    }
});

test('a text made to take long does not', () => {
    const texts = [`https://example.com/${')'.repeat(9900)}`, `https://${'a-'.repeat(4900)}`, 'www.'.repeat(2500), `https://${'a.'.repeat(4900)}!`,
        'https://a.com查'.repeat(700), 'https://a.com/a查'.repeat(600), `https://${'查'.repeat(9900)}`, 'https://a.com/('.repeat(660),
        'https://a.com\''.repeat(700), 'https://a.com('.repeat(700), `${'www.a.com,'.repeat(900)}@`, 'https://a.com/[[https://b.com/]'.repeat(320)];
    // By its own time, whatever else the machine has to do.
    const started = process.cpuUsage();
    texts.forEach(partsOf);
    assert.ok(process.cpuUsage(started).user < 500_000);
});

test('a host that may be taken for another is told in ASCII', () => {
    for (const [address, told] of table('hosts')) {
        assert.deepEqual(partsOf(address).map(({ href, title = null }) => [href, title]), [[address, told]], address);
    }
});
