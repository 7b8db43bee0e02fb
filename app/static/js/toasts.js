/* Toasts go by themselves, but wait while somebody points at them or is in them. Undo is a real form. */
(() => {
  const { find, all, word } = window.ovation;
  const STAYS = 10000;
  const region = find('#toasts');
  if (!region) return;

  const leave = (toast) => {
    if (toast.matches(':hover, :focus-within')) { setTimeout(() => leave(toast), 1000); return; }
    toast.remove();
  };
  const start = (toast) => {
    if (toast.dataset.started) return;
    toast.dataset.started = '';
    const until = Date.parse(toast.dataset.until || '');
    setTimeout(() => leave(toast), until ? Math.max(0, until - Date.now()) : STAYS);
  };
  const show = (text) => {
    const toast = document.createElement('div');
    toast.className = 'toast';
    toast.dataset.toast = '';
    toast.textContent = text;
    region.append(toast);
  };
  new MutationObserver(() => all('[data-toast]', region).forEach(start)).observe(region, { childList: true, subtree: true });
  all('[data-toast]', region).forEach(start);

  /* A fragment may ask for one with the header HX-Trigger: {"toast": {"text": "..."}}. */
  document.body.addEventListener('toast', (event) => show(event.detail.text || event.detail.value));
  document.body.addEventListener('live:online', () => show(word('online')));
})();
