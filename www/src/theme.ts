const STORED = "studio.theme";

/** Binds the auto / light / dark choice; /theme.js has applied a stored one before first paint. */
export function bindTheme(fieldset: HTMLFieldSetElement): void {
  const root = document.documentElement;
  const chosen = root.dataset.theme ?? "auto";
  for (const input of fieldset.querySelectorAll("input")) {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => {
      if (input.value === "auto") {
        delete root.dataset.theme;
        localStorage.removeItem(STORED);
      } else {
        root.dataset.theme = input.value;
        localStorage.setItem(STORED, input.value);
      }
    });
  }
}
