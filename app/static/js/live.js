/* What changed elsewhere. Asks every two seconds what came after the last change known, and tells the page in the
   words "live:post-new" and "live:post-new:7"; parts of the page listen for those and fetch themselves, under the
   reader's own rights. Rests while the tab is hidden, and slows down while the server cannot be reached. What happened
   is kept for two minutes: after a longer rest every part is told that it may have changed. */
(() => {
  const { body } = document;
  const url = body.dataset.live;
  if (!url) return;
  const EVERY = 2000;
  const AT_MOST = 30000;
  let after = body.dataset.liveAfter || '';
  let wait = EVERY;
  let timer = 0;
  let running = false;
  let signedOut = false;

  const tell = (type, detail) => body.dispatchEvent(new CustomEvent(`live:${type}`, { detail, bubbles: true }));
  const pass = (changes) => {
    const counts = new Map();
    changes.forEach(({ type, id }) => {
      counts.set(type, (counts.get(type) || 0) + 1);
      if (id !== null) tell(`${type}:${id}`, { type, id });
    });
    counts.forEach((count, type) => tell(type, { type, count }));
  };
  const tellEachPart = () => {
    const parts = new Set();
    document.querySelectorAll('[hx-trigger*="live:"]').forEach((part) => {
      const one = part.getAttribute('hx-trigger').match(/live:([a-z-]+):(\d+)/);
      if (one) parts.add(`${one[1]}:${one[2]}`);
    });
    parts.forEach((name) => tell(name, {}));
  };
  const state = (reached) => {
    if (reached === (wait === EVERY)) return;
    tell(reached ? 'online' : 'offline', {});
  };

  async function ask() {
    if (running || signedOut || document.hidden) return;
    running = true;
    try {
      const answer = await fetch(`${url}?after=${encodeURIComponent(after)}`, { headers: { Accept: 'application/json' }, redirect: 'manual' });
      if (answer.type === 'opaqueredirect' || answer.status === 403) { signedOut = true; tell('signed-out', {}); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const news = await answer.json();
      after = String(news.after);
      state(true);
      wait = EVERY;
      pass(news.changes);
      if (news.missed) tellEachPart();
    } catch {
      state(false);
      wait = Math.min(AT_MOST, wait * 2);
    } finally {
      running = false;
      clearTimeout(timer);
      if (!signedOut) timer = setTimeout(ask, wait);
    }
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { clearTimeout(timer); ask(); } });
  window.addEventListener('online', () => { clearTimeout(timer); ask(); });
  timer = setTimeout(ask, EVERY);
})();
