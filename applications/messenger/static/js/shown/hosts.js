// Which host an address begins with, and when its letters may be taken for others. messenger_core/shown/hosts.py says the same, and why.

const LONGEST = 253;
export const RUNNING = '\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u2e80-\\u2fff\\u3005-\\u3007\\u3031-\\u9fff\\ua960-\\ua97f'
    + '\\uac00-\\ud7ff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}';
const SIGNS = '\\u2190-\\u2bff\\u{1f000}-\\u{1faff}';
const RUN = new RegExp(`^(?:[A-Za-z0-9._-]|[^\\0-\\x7f\\u2013]){1,${LONGEST + 1}}`, 'u');
const END = new RegExp(`[.](?:com|net|org|edu|gov|info)(?=[${RUNNING}${SIGNS}])|(?:^|[.])[A-Za-z0-9-]*[A-Za-z0-9](?=[${RUNNING}${SIGNS}][^.]*$)`, 'u');
const NAME = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?|(?!-|xn--)(?:[a-z0-9-]|[^\0-\x7f])*(?:[a-z0-9]|[^\0-\x7f]))$/iu;
const NUMBER = /^(?:0[Xx][0-9A-Fa-f]*|[0-9]+)$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:[.](?!$)|$)){4}$/;
const PICTURES = /[\u2600-\u2757\u2761-\u2767\u2794-\u27bf]/g;
const PLAIN = /^[\p{L}\p{M}\p{N}._-]*$/u;
const LEFT = '\\u0590-\\u08ff\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}';
const BOTH = new RegExp(`[${LEFT}][^.]*[^${LEFT}0-9.\\-]|[^${LEFT}0-9.\\-][^.]*[${LEFT}]|(?:^|[.])(?:[0-9](?=.*[${LEFT}])|\\p{M})|[${LEFT}].*[.][0-9]`, 'u');
const ALIKE = new RegExp('(?:^|[A-Za-z0-9._-])[\\u3033\\u3035\\u30bd\\u30be\\u30ce\\u30f3\\u30fc\\u4e00\\u4e36\\u4e3f-\\u4e41]'
    + '|[\\u0131\\u0138\\u0237\\u0250-\\u02af\\u1d00-\\u1dbf\\ua720-\\ua7ff\\uab30-\\uab6f]|[\\u3033\\u3035\\u30bd\\u30be\\u30ce\\u30f3\\u4e00\\u4e36\\u4e3f-\\u4e41](?=[A-Za-z0-9_-])');
const SCRIPTS = ['LatnHaniHiraKana', 'LatnHaniBopo', 'LatnHaniHang',
    ...'CyrlGrekArmnHebrArabDevaBengGuruGujrOryaTamlTeluKndaMlymSinhThaiLaooTibtMymrGeorEthiKhmrThaa'.match(/.{4}/g)]
    .map(names => new RegExp(`^[0-9._${names.replace(/.{4}/g, '\\p{scx=$&}')}-]+$`, 'u'));

export function hostOf(text) {
    const [whole] = RUN.exec(text.slice(0, 2 * LONGEST + 2)) ?? [''];
    const run = whole.replace(/[.]+$/, '');
    const end = END.exec(run);
    const host = end ? run.slice(0, end.index + end[0].length) : run;
    return [...host].length <= LONGEST && isName(host, host.split('.')) && isWhatItSeems(host) ? host : '';
}

export function punycode(host) {
    const letters = host.normalize('NFC');
    try {
        const isPlain = SCRIPTS.some(script => script.test(letters)) && !ALIKE.test(host);
        return isPlain ? undefined : new URL(`https:${'//'}${host}`).hostname;
    } catch {
        return undefined;
    }
}

function isName(host, names) {
    const [last, domain = ''] = [...names].reverse();
    if (!names.every(name => NAME.test(name)) || NUMBER.test(last)) {
        return IPV4.test(host);
    }
    if (names.length === 1) {
        return host.toLowerCase() === 'localhost';
    }
    return [...last].length > 1 && !(domain + last).includes('_') && (!last.includes('-') || /^xn--/i.test(last)) && last.search(PICTURES) < 0;
}

function isWhatItSeems(host) {
    return !BOTH.test(host) && PLAIN.test(host.replace(PICTURES, '')) && host.normalize('NFKC') === host.normalize('NFC');
}
