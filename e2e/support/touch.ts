/** Modifies a page as a translator, extensions and a password manager do: its text, its forms, and its edges. */
export function touch(): void {
  function translate(): void {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (texts.nextNode()) found.push(texts.currentNode as Text);
    for (const text of found) {
      const around = text.parentElement;
      if (!text.data.trim() || !around || around.closest("font, script, style, textarea, noscript, [translate=no]"))
        continue;
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      outer.append(inner);
      text.replaceWith(outer);
      inner.textContent = text.data;
    }
  }

  function fillIn(): void {
    for (const form of document.forms) {
      if (form.querySelector("[name=added-by-an-extension]")) continue;
      for (const type of ["hidden", "text"]) {
        const field = Object.assign(document.createElement("input"), {
          type,
          name: "added-by-an-extension",
          value: "x",
        });
        field.hidden = true;
        form.append(field);
      }
    }
    for (const field of document.querySelectorAll("input:not([data-gramm])")) {
      field.setAttribute("data-gramm", "false");
      if (field.getAttribute("type") === "password") field.after(document.createElement("password-manager-icon"));
    }
  }

  function decorate(): void {
    if (!document.body || document.documentElement.hasAttribute("data-darkreader-mode")) return;
    document.documentElement.setAttribute("data-darkreader-mode", "dynamic");
    document.body.setAttribute("cz-shortcut-listen", "true");
    document.head.append(Object.assign(document.createElement("meta"), { name: "darkreader" }));
    document.body.prepend(document.createElement("grammarly-extension"));
    document.body.append(document.createElement("grammarly-desktop-integration"));
  }

  const watch = new MutationObserver(() => {
    decorate();
    if (document.body) translate();
    fillIn();
    // Ignore the changes just made here, or this would run for ever.
    watch.takeRecords();
  });
  watch.observe(document, { childList: true, subtree: true, characterData: true });
}
