/* The pill that says how many new things wait; nothing moves until it is pressed. */
(() => {
  const { find, all } = window.ovation;
  all('[data-pill]').forEach((pill) => {
    const event = `live:${pill.dataset.pill}`;
    if (document.body.dataset[`pill${event}`]) return;
    document.body.addEventListener(event, ({ detail }) => all(`[data-pill="${pill.dataset.pill}"]`).forEach((each) => {
      const count = Number(each.dataset.count || 0) + (detail.count || 1);
      each.dataset.count = count;
      find('[data-pill-text]', each).textContent = (count === 1 ? each.dataset.one : each.dataset.many).replace('{n}', count);
      each.hidden = false;
    }));
  });
})();
