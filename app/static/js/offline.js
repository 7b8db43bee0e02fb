/* The banner of a browser without a network: reading and drafting go on, sending waits. */
(() => {
  const { find, word } = window.ovation;
  const slot = find('[data-offline-slot]');
  if (!slot) return;
  const show = () => {
    if (slot.firstChild) return;
    const banner = document.createElement('div');
    banner.className = 'banner tone-warn';
    banner.setAttribute('role', 'status');
    const text = document.createElement('p');
    const title = document.createElement('b');
    title.textContent = word('offline_title');
    text.append(title, ` ${word('offline')}`);
    banner.append(text);
    slot.append(banner);
  };
  const hide = () => slot.replaceChildren();
  window.addEventListener('offline', show);
  window.addEventListener('online', hide);
  document.body.addEventListener('live:offline', show);
  document.body.addEventListener('live:online', hide);
  if (!navigator.onLine) show();
  document.addEventListener('submit', (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    show();
    window.ovation.say(`${word('offline_title')} ${word('offline')}`);
  });
})();
