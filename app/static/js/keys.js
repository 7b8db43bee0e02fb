/* Keys. data-key on a control is the only registry: no control, no key. data-go does the same after g.
   Ignored while typing, with any modifier, while composing, in dialogs, or when switched off (WCAG 2.1.4). */
(() => {
  const { find, all, kept } = window.ovation;
  const root = document.documentElement;
  const GO_WITHIN = 1500;
  let going = 0;

  if (kept.get('shortcuts') === 'off') root.dataset.shortcuts = 'off';
  all('[data-shortcuts-toggle]').forEach((box) => { box.checked = root.dataset.shortcuts !== 'off'; });
  document.addEventListener('change', (event) => {
    if (!event.target.matches('[data-shortcuts-toggle]')) return;
    root.dataset.shortcuts = event.target.checked ? 'on' : 'off';
    kept.set('shortcuts', root.dataset.shortcuts);
  });

  const shown = (el) => el && el.getClientRects().length > 0;
  const control = (attribute, key) => {
    const selector = `[${attribute}="${CSS.escape(key)}"]`;
    const cursor = find('[data-cursor]');
    return (cursor ? all(selector, cursor) : []).concat(all(selector)).find(shown);
  };
  const press = (event, el) => {
    if (!el) return;
    event.preventDefault();
    el.click();
  };

  function whileTyping(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      const { form } = event.target;
      if (!form || form.method === 'get') return;
      event.preventDefault();
      form.requestSubmit(find('[data-send]', form) || undefined);
    } else if (event.key === 'Escape' && !event.target.closest('dialog')) event.target.blur();
  }

  const NAMED = {
    '?': () => { const sheet = find('#keys'); if (sheet) sheet.showModal(); },
    '/': () => { const field = all('input[type=search]').find(shown); if (field) { field.focus(); field.select(); } },
    r: () => { const field = all('.composer textarea').find(shown); if (field) { field.focus(); return true; } return false; },
    Enter: () => { const open = find('[data-cursor] a[data-open], [data-cursor] .q-link, [data-cursor] .case-link'); if (open) { open.click(); return true; } return false; },
  };

  document.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const typing = event.target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
    if (typing) { whileTyping(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || find('dialog[open]') || root.dataset.shortcuts === 'off') return;
    if (going && Date.now() - going < GO_WITHIN) {
      going = 0;
      press(event, control('data-go', event.key));
      return;
    }
    if (event.key === 'g') { going = Date.now(); return; }
    if (event.key === 'Enter' && event.target.closest('a, button, summary, input')) return;
    const own = control('data-key', event.key);
    if (own && event.key !== 'Enter') { press(event, own); return; }
    const named = NAMED[event.key];
    if (named && named() !== false) event.preventDefault();
  });
})();
