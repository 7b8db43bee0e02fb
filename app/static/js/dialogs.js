/* Dialogs: a link with data-dialog opens the dialog of that id, where the page has it; else it is followed. */
(() => {
  const { find } = window.ovation;
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-dialog]');
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      dialog.showModal();
      const first = find('[autofocus]', dialog) || find('input:not([type=hidden]), textarea, button:not([data-close])', dialog);
      if (first) first.focus();
      return;
    }
    const closer = event.target.closest('[data-close]');
    if (closer) { closer.closest('dialog').close(); return; }
    if (event.target.tagName === 'DIALOG') {
      const box = event.target.getBoundingClientRect();
      const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
      if (outside && event.clientX) event.target.close();
    }
  });
  /* Menus made of details close when the reader goes elsewhere. */
  document.addEventListener('click', (event) => {
    document.querySelectorAll('details.drop[open]').forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
})();
