// Tells the server that scripts run in this browser. From then on they say what was read, since a page that is asked for need not be one
// that somebody looks at; modules/messenger_web/asked.py says what else comes of it.

const YEAR_SECONDS = 365 * 24 * 3600;

export function tellThatScriptsRun() {
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `messenger_js=1; path=/; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
}
