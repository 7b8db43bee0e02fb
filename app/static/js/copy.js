/* Buttons that copy a text as it stands. Without scripts the text can be selected, and no such button is shown. */
(() => {
  const { find, say, word } = window.ovation;
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    const field = find(button.dataset.copy);
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      if (!document.execCommand('copy')) return; /* no clipboard without TLS: the text stays selected */
    }
    const label = button.querySelector('[data-copy-label]');
    if (label) label.textContent = word('copied');
    say(word('copied'));
  });
})();
