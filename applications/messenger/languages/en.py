{
'!langcode!': 'en',
'!langname!': 'English',
}
