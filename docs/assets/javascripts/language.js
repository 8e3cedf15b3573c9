// Keep the section when the reader switches the language: the anchors are the same in every language.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.md-select__link[hreflang]")
  if (link) link.hash = location.hash
}, true)
