/* htmx: the form token on every request, and what went wrong beside the thing it is about. */
(() => {
  const { find, token, word } = window.ovation;
  const body = document.body;

  body.addEventListener('htmx:configRequest', (event) => { event.detail.headers['X-CSRFToken'] = token(); });

  const callout = (text) => {
    const el = document.createElement('div');
    el.className = 'callout tone-danger';
    el.setAttribute('role', 'alert');
    el.textContent = text;
    return el;
  };
  const beside = (source, note) => {
    const place = source.closest('form, [data-item], section, main') || find('#main');
    const old = place.previousElementSibling;
    if (old && old.hasAttribute('data-trouble')) old.remove();
    note.dataset.trouble = '';
    if (place.id === 'main') place.prepend(note);
    else if (place.tagName === 'LI') place.prepend(note);
    else place.before(note);
  };
  /* Live parts that fail stay as they are: the next change asks again. */
  const asked = (event) => event.detail.elt.matches('form, button, a, input, select, textarea');

  /* Signed out meanwhile: said once, above the page, which stays as it is with all that was typed. */
  const signedOut = (text) => {
    const slot = find('[data-signed-out-slot]');
    const banner = find('.banner', new DOMParser().parseFromString(text, 'text/html'));
    if (slot && banner && !slot.firstChild) slot.append(banner);
  };
  body.addEventListener('live:signed-out', async () => {
    const answer = await fetch('/shell/banners', { headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href } });
    if (answer.status === 401) signedOut(await answer.text());
  });

  /* A refusal that says where it belongs is shown there. */
  body.addEventListener('htmx:beforeSwap', (event) => {
    if (!event.detail.xhr.getResponseHeader('HX-Reswap')) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  body.addEventListener('htmx:responseError', (event) => {
    if (event.detail.xhr.status === 401) { signedOut(event.detail.xhr.responseText); return; }
    if (!asked(event)) return;
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, 'text/html');
    beside(event.detail.elt, find('.callout', answer) || callout(word('failed')));
  });
  body.addEventListener('htmx:sendError', (event) => { if (asked(event)) beside(event.detail.elt, callout(word('unreachable'))); });

  body.addEventListener('htmx:beforeRequest', (event) => { event.detail.elt.setAttribute('aria-busy', 'true'); });
  body.addEventListener('htmx:afterRequest', (event) => { event.detail.elt.removeAttribute('aria-busy'); });

  /* After a swap the focus must not fall back to the body. */
  body.addEventListener('htmx:afterSettle', (event) => {
    if (document.activeElement !== body && document.activeElement !== null) return;
    const next = find('[data-focus], [autofocus]', event.detail.elt) || find('h1, h2, a[href], button', event.detail.elt) || find('#main');
    if (!asked({ detail: { elt: event.detail.requestConfig ? event.detail.requestConfig.elt : body } })) return;
    if (!next.matches('a[href], button, [tabindex]')) next.setAttribute('tabindex', '-1');
    next.focus({ preventScroll: true });
  });
  const first = find('[data-focus]');
  if (first) first.focus();
})();
