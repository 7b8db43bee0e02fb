/* The composer: counter and checks come from the server, 400 ms after the last key, so that there is one set of rules.
   Sending past the limit is refused here with a word, and by the server in any case. */
(() => {
  const { find, all, say, token, word } = window.ovation;
  const PAUSE = 400;

  function watch(form) {
    const field = find('textarea', form);
    const url = form.dataset.check;
    if (!field || !url || form.dataset.watched) return;
    form.dataset.watched = 'yes';
    let timer = 0;
    let asked = 0;

    const place = (selector, fresh) => {
      const old = find(selector, form) || find(selector, form.closest('.ws-main, .pane, main'));
      if (old && fresh) old.replaceWith(fresh);
    };
    async function check() {
      const turn = ++asked;
      try {
        const answer = await fetch(url, { method: 'POST', body: new FormData(form), headers: { 'X-CSRFToken': token(), 'HX-Request': 'true' }, redirect: 'error' });
        if (!answer.ok || turn !== asked) return;
        const result = find('[data-check-result]', new DOMParser().parseFromString(await answer.text(), 'text/html'));
        if (!result) return;
        const counter = find('[data-counter]', result);
        place('[data-counter]', counter);
        place('[data-checks]', find('[data-checks]', result));
        form.dataset.maySend = result.dataset.maySend;
        if (counter && counter.dataset.state !== 'ok') {
          const left = Number(counter.dataset.left);
          say(left < 0 ? word('past_limit', { n: -left }) : word('near_limit', { n: left }));
        }
      } catch { /* offline: the server checks again when it is sent */ }
    }
    field.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(check, PAUSE); });
    if (field.value.trim()) timer = setTimeout(check, PAUSE);
  }

  const start = () => all('form[data-composer]').forEach(watch);
  start();
  document.body.addEventListener('htmx:load', start);

  document.addEventListener('click', (event) => {
    const insert = event.target.closest('[data-insert]');
    const field = insert && find('form[data-composer] textarea');
    if (!field) return;
    field.setRangeText(find('[data-suggestion]', insert.closest('.suggest')).textContent, field.selectionStart, field.selectionEnd, 'end');
    field.focus();
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
})();
