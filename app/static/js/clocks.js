/* Clocks that run down: [data-until] with [data-total] seconds. Beside the ring stands the time as "8:41 left". */
(() => {
  const { find, all, share, say, word } = window.ovation;
  const pad = (n) => String(n).padStart(2, '0');

  const tick = () => all('[data-until]').forEach((clock) => {
    const left = Math.max(0, (Date.parse(clock.dataset.until) - Date.now()) / 1000);
    const ring = clock.matches('.ring') ? clock : find('.ring', clock);
    if (ring && clock.dataset.total) share(ring, 100 * left / clock.dataset.total);
    const text = find('[data-left]', clock);
    if (text && clock.dataset.format === 'minutes') {
      const time = `${Math.floor(left / 60)}:${pad(Math.floor(left % 60))}`;
      const words = left ? word('left', { time }) : word('over');
      if (text.textContent !== words) text.textContent = words;
    }
    const seconds = find('[data-seconds]', clock);
    if (seconds) seconds.textContent = Math.ceil(left);
    if (clock.dataset.warn && left <= clock.dataset.warn && left > 0 && !clock.dataset.warned) {
      clock.dataset.warned = 'yes';
      clock.classList.replace('tone-good', 'tone-warn');
      say(word('minute_left'));
    }
    if (!left && !clock.dataset.ended) {
      clock.dataset.ended = 'yes';
      clock.classList.replace('tone-warn', 'tone-danger');
      clock.dispatchEvent(new CustomEvent('clock:ended', { bubbles: true }));
    }
  });
  tick();
  setInterval(() => { if (!document.hidden) tick(); }, 1000);
  document.addEventListener('visibilitychange', tick);
  document.body.addEventListener('htmx:afterSettle', tick);
})();
