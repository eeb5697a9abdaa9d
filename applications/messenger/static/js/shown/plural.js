// A sentence in the form that its number takes: "1 new message", "3 new messages", and six of them in Arabic.

// `forms` is the JSON that plurals() of modules/messenger_web/languages.py puts into a page; returns what says the sentence for a number.
export function countedBy(forms, language) {
    const sentences = JSON.parse(forms);
    const rules = new Intl.PluralRules(language);
    // Browsers know more forms than the pages have: French has one of its own for millions.
    return count => (sentences[rules.select(count)] ?? sentences.other).replaceAll('%(count)s', count);
}
