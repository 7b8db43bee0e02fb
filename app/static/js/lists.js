/* Lists: j and k walk through [data-list] [data-item]; a box marked data-tick-all ticks the rest. */
(() => {
  const { find, all } = window.ovation;
  const root = document.documentElement;

  const move = (step) => {
    const items = all('[data-list] [data-item]').filter((el) => el.getClientRects().length);
    if (!items.length) return;
    const at = items.findIndex((el) => el.hasAttribute('data-cursor'));
    const next = items[at < 0 ? 0 : Math.max(0, Math.min(items.length - 1, at + step))];
    items.forEach((el) => el.removeAttribute('data-cursor'));
    next.setAttribute('data-cursor', '');
    next.scrollIntoView({ block: 'nearest' });
    (find('a[href]:not(.when), button', next) || next).focus({ preventScroll: true });
  };
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || find('dialog[open]')) return;
    if (event.target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]')) return;
    const inList = event.target.closest('[data-list]');
    const letters = root.dataset.shortcuts !== 'off';
    const step = { j: letters && 1, k: letters && -1, ArrowDown: inList && 1, ArrowUp: inList && -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  });
  document.addEventListener('change', (event) => {
    if (!event.target.matches('[data-tick-all]')) return;
    all('.tickbox:not([data-tick-all])', event.target.closest('.pane, form, main')).forEach((box) => { box.checked = event.target.checked; });
  });
  /* The open view of a long row of views is in sight. */
  all('.tabs [aria-current]').forEach((tab) => {
    const { left, right } = tab.getBoundingClientRect();
    const row = tab.parentElement.getBoundingClientRect();
    if (left < row.left || right > row.right) tab.parentElement.scrollLeft += left - row.left - (row.width - (right - left)) / 2;
  });
  /* A conversation opens at its newest message. */
  const pane = find('[data-newest-last]');
  if (pane) pane.scrollTop = pane.scrollHeight;
})();
