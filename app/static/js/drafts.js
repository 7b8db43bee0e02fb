/* Never lose words. What is typed is kept in this tab at once and on the server 5 s later; the tab's copy goes only when
   the server has said it holds the same text. */
(() => {
  const { find, all, tab, token, word } = window.ovation;
  const EVERY = 5000;

  function keep(form) {
    const field = find('textarea', form);
    if (!field || form.dataset.keeping) return;
    form.dataset.keeping = 'yes';
    const key = `draft:${form.dataset.draftKey || form.action}`;
    const url = form.dataset.autosave;
    let timer = 0;
    let sending = false;
    let refused = false;

    const status = (text, failed) => {
      const chip = find('[data-saved]', form);
      if (!chip) return;
      chip.hidden = false;
      chip.classList.toggle('tone-good', !failed);
      chip.classList.toggle('tone-warn', failed);
      const words = find('[data-saved-text]', chip);
      if (words.textContent !== text) words.textContent = text;
    };

    const kept = tab.get(key);
    if (kept !== null && kept !== field.value) {
      field.value = kept;
      status(word('restored'), true);
      timer = setTimeout(save, EVERY);
      queueMicrotask(() => field.dispatchEvent(new Event('input', { bubbles: true })));
    }

    async function save() {
      clearTimeout(timer);
      timer = 0;
      if (!url || sending || tab.get(key) === null) return;
      const text = field.value;
      sending = true;
      refused = false;
      try {
        const answer = await fetch(url, { method: 'POST', body: new FormData(form), headers: { 'X-CSRFToken': token(), 'HX-Request': 'true' }, redirect: 'error', keepalive: true });
        refused = answer.status >= 400 && answer.status < 500;
        if (!answer.ok) throw new Error(String(answer.status));
        if (field.value === text) tab.remove(key);
        const told = find('[data-draft-saved]', new DOMParser().parseFromString(await answer.text(), 'text/html'));
        const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
        status(told ? told.textContent.trim() : word('saved', { time }), false);
        form.dispatchEvent(new CustomEvent('draft:saved', { bubbles: true }));
      } catch {
        status(navigator.onLine ? word('saving_failed') : word('kept_here'), true);
      } finally {
        sending = false;
        /* What the server refused it will refuse again, until something else is typed. */
        if (tab.get(key) !== null && !timer && !refused) timer = setTimeout(save, EVERY);
      }
    }

    field.addEventListener('input', () => {
      tab.set(key, field.value);
      if (!timer) timer = setTimeout(save, EVERY);
    });
    window.addEventListener('pagehide', save);
    window.addEventListener('online', save);
    /* The copy of a text that was sent is dropped by the next page that no longer shows its form. */
    form.addEventListener('submit', () => { clearTimeout(timer); tab.set('draft:sent', key); tab.set(key, field.value); });
  }

  const start = () => all('form[data-composer]').forEach(keep);
  const sent = tab.get('draft:sent');
  if (sent) {
    tab.remove('draft:sent');
    const still = all('form[data-composer]').some((form) => `draft:${form.dataset.draftKey || form.action}` === sent);
    if (!still && !find('[data-trouble-page]')) tab.remove(sent);
  }
  start();
  document.body.addEventListener('htmx:load', start);
})();
