/* What the other scripts share: finding, remembering, saying. Every screen works without any of them. */
window.ovation = (() => {
  const meta = document.querySelector('meta[name=words]');
  const words = meta ? JSON.parse(meta.content) : {};
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const keeper = (area) => ({
    get: (key) => { try { return area().getItem(key); } catch { return null; } },
    set: (key, value) => { try { area().setItem(key, value); } catch { /* full, or a private window */ } },
    remove: (key) => { try { area().removeItem(key); } catch { /* same */ } },
  });
  return {
    find,
    all,
    kept: keeper(() => localStorage),
    tab: keeper(() => sessionStorage),
    token: () => find('meta[name=csrf-token]').content,
    word: (key, values = {}) => (words[key] || '').replace(/\{(\w+)\}/g, (_, name) => values[name]),
    /* Read out by screen readers, shown nowhere. The pause makes the same words count as new ones. */
    say: (text) => {
      const region = find('#announce');
      if (!region) return;
      region.textContent = '';
      requestAnimationFrame(() => { region.textContent = text; });
    },
    /* Rings and bars carry their share as a class, since no style attribute is allowed. */
    share: (el, percent) => {
      const step = `p-${Math.max(0, Math.min(100, Math.round(percent)))}`;
      if (el.classList.contains(step)) return;
      el.classList.remove(...[...el.classList].filter((name) => /^p-\d+$/.test(name)));
      el.classList.add(step);
    },
  };
})();
