// Which host an address begins with, and when its letters may be taken for others. messenger_core/shown/hosts.py says the same, and why.

const LONGEST = 253;
export const RUNNING = '\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u2e80-\\u2fff\\u3005-\\u3007\\u3031-\\u9fff\\ua960-\\ua97f'
    + '\\uac00-\\ud7ff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}';
const RUN = /^(?:[A-Za-z0-9._-]|[^\0-\x7f\u2013])+/u;
const END = new RegExp(`[.](?:com|net|org|edu|gov|info)(?=[${RUNNING}])|(?:^|[.])[A-Za-z0-9-]*[A-Za-z0-9](?=[${RUNNING}][^.]*$)`, 'u');
const NAME = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?|(?!-|xn--)(?:[a-z0-9-]|[^\0-\x7f])*(?:[a-z0-9]|[^\0-\x7f]))$/iu;
const PLAIN = /^[\p{L}\p{M}\p{N}._-]+$/u;
const SCRIPTS = ['LatnHaniHiraKana', 'LatnHaniBopo', 'LatnHaniHang',
    ...'CyrlGrekArmnHebrArabDevaBengGuruGujrOryaTamlTeluKndaMlymSinhThaiLaooTibtMymrGeorEthiKhmrThaa'.match(/.{4}/g)]
    .map(names => new RegExp(`^[0-9._${names.replace(/.{4}/g, '\\p{scx=$&}')}-]+$`, 'u'));

export function hostOf(text) {
    const [run] = RUN.exec(text.slice(0, 2 * LONGEST + 2)) ?? [''];
    const end = END.exec(run);
    const host = end ? run.slice(0, end.index + end[0].length) : run.replace(/[.]+$/, '');
    const isPlain = PLAIN.test(host) && host.normalize('NFKC') === host.normalize('NFC');
    return isPlain && [...run].length <= LONGEST && host.split('.').every(name => NAME.test(name)) ? host : '';
}

export function punycode(host) {
    const letters = host.normalize('NFC');
    try {
        return SCRIPTS.some(script => script.test(letters)) ? undefined : new URL(`https:${'//'}${host}`).hostname;
    } catch {
        return undefined;
    }
}
