"""Logging out is a button: no address that somebody is led to, or a browser fetches by itself, does it."""
import pytest

from ...conftest import PASSWORD

PAGE = '/default/user/logout'


def is_in(browser):
    return browser.get('/messaging/index', None).status_int == 200


@pytest.mark.parametrize('address', [
    PAGE, PAGE + '/now', PAGE + '?_next=//evil.example', PAGE + '?_formname=logout&_formkey={key}', PAGE + '/logout/?x=1'])
def test_the_address_shows_a_page_with_the_button_and_does_nothing(ann, address):
    key = ann.get(PAGE).forms[0]['_formkey'].value
    page = ann.get(address.format(key=key))
    button = page.forms[0].fields.get('submit') or page.html.find('input', type='submit')
    assert button and is_in(ann)


@pytest.mark.parametrize('extension', ['json', 'load', 'xml', 'csv', 'jsonp'])
def test_in_another_form_there_is_no_such_page(ann, extension):
    for address in ('/default/user.%s/logout' % extension, '/default/user/logout.%s' % extension):
        assert ann.get(address, None).status_int in (404, 200) and is_in(ann)


def test_looking_without_the_page_does_nothing_either(ann):
    assert ann.app.head('/messenger' + PAGE, expect_errors=True).status_int == 200
    ann.get(PAGE, headers={'Sec-Purpose': 'prefetch'})
    assert is_in(ann)


@pytest.mark.parametrize('key', [None, '', 'guessed', 'of another form', "another's"])
def test_without_its_key_it_shows_the_page_again(ann, bob, key):
    others = {'of another form': lambda: ann.get('/messaging/send_message').forms[0]['_formkey'].value,
              "another's": lambda: bob.get(PAGE).forms[0]['_formkey'].value}
    key = others[key]() if key in others else key
    page = ann.post(PAGE, dict({'_formname': 'logout'}, **({} if key is None else {'_formkey': key})), 200)
    assert 'This page was too old. Please try again.' in page and is_in(ann)
    assert ann._checked(page.forms[0].submit(), 303) and not is_in(ann)


@pytest.mark.parametrize('method', ['put', 'delete', 'patch'])
def test_nor_does_another_method_with_the_key(ann, method):
    key = ann.get(PAGE).forms[0]['_formkey'].value
    fields = {'_formname': 'logout', '_formkey': key}
    getattr(ann.app, method)('/messenger' + PAGE, fields, expect_errors=True)
    assert is_in(ann)


def test_the_key_works_once_and_leads_nowhere_else(ann):
    form = ann.get(PAGE + '?_next=//evil.example').forms[0]
    fields = form.submit_fields()
    answer = ann._checked(form.submit(), 303)
    assert answer.location.endswith('/messenger/default/index') and 'Logged out' in ann.follow(answer)
    ann.log_in('ann@example.com')
    ann.post(PAGE, fields, 200)
    assert is_in(ann)


def test_the_menu_leads_there_and_the_page_says_so_without_a_script(ann):
    page = ann.get('/messaging/index').click('Log out')
    assert page.request.path.endswith(PAGE) and 'Log out' in page.html.h1.text
    assert page.html.find(id='unsent')['data-user-id'] == str(ann.id)
    assert ann._checked(page.forms[0].submit(), 303) and not is_in(ann)


def test_nobody_else_is_logged_out_by_it(site, ann):
    phone = site.visitor()
    phone.log_in('ann@example.com', PASSWORD)
    ann.log_out()
    assert is_in(phone) and not is_in(ann)
