/* Runs before the page is drawn: the chosen theme, and whether scripts are there at all. System until somebody chooses. */
(() => {
  const root = document.documentElement;
  root.classList.replace('no-js', 'js');
  const kept = (() => { try { return localStorage.getItem('theme'); } catch { return null; } })();
  if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;

  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme || (system.matches ? 'dark' : 'light')) === 'dark';
  const label = () => {
    const words = document.querySelector('meta[name=words]');
    const say = words ? JSON.parse(words.content) : {};
    document.querySelectorAll('[data-theme-label]').forEach((el) => { el.textContent = isDark() ? say.light : say.dark; });
  };
  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-theme-toggle]')) return;
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('theme', root.dataset.theme); } catch { /* a private window forgets */ }
    label();
  });
  document.addEventListener('DOMContentLoaded', label);
})();
