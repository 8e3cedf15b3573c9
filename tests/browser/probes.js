// What the tests look at, on the page itself.
window.probes = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const programs = () => all("article .highlight")
  const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0
  const start = (element) => element.outerHTML.slice(0, 80)

  // What sticks out of the window, when the window can be scrolled sideways.
  const overflowing = () =>
    document.documentElement.scrollWidth <= innerWidth
      ? []
      : all("body *").filter((element) => element.getBoundingClientRect().right > innerWidth + 1).map(start)

  // What the button of a program copies: the text that is selected when it is clicked.
  let selected
  document.addEventListener("copy", () => {
    const { value, selectionStart, selectionEnd } = document.activeElement
    selected = value.slice(selectionStart, selectionEnd)
  })
  const focus = HTMLElement.prototype.focus
  const copied = (number) => {
    // A button that has copied is focused; the page stays where it is, so that nothing is half hidden.
    HTMLElement.prototype.focus = function () { focus.call(this, { preventScroll: true }) }
    // A page of one program is laid out quickly, and copying lays it out twice.
    programs().forEach((each, n) => (each.style.display = n === number ? "" : "none"))
    const program = programs()[number]
    const buttons = all("[data-clipboard-target]", program)
    selected = null
    for (const button of buttons) button.click()
    return {
      title: program.querySelector(".filename")?.textContent ?? "",
      text: program.querySelector("code").textContent,
      buttons: buttons.length,
      copied: selected,
    }
  }

  const showAll = () => programs().forEach((program) => (program.style.display = ""))

  // What stands on paper and is no use there, and the words that paper hides, cuts off or prints pale.
  const onPaper = () => {
    const around = ".md-header, .md-sidebar, .md-footer, .md-code__nav, .md-content__button, .md-top"
    const pale = (element) => {
      const [red, green, blue] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number)
      return red + green + blue > 450
    }
    for (const animation of document.getAnimations()) animation.finish()
    return [
      ...all(around).filter(visible).map((element) => `no use on paper: ${start(element)}`),
      ...all("article pre > code").flatMap((code) => [
        ...(visible(code) ? [] : [`hidden: ${code.textContent}`]),
        ...(code.scrollWidth > code.clientWidth + 1 ? [`cut off: ${code.textContent}`] : []),
      ]),
      ...all("article p, article code, article code span").filter(pale).map((element) => `pale: ${start(element)}`),
    ]
  }

  // Words and rows that look alike need one look: on the largest pages, a twentieth of the time.
  const thinOut = () => {
    const seen = new Set()
    const again = (look) => seen.has(look) || !seen.add(look)
    for (const token of all("article .highlight code *"))
      if (again([token.tagName, token.className, token.parentElement?.className].join()))
        token.replaceWith(token.textContent)
    for (const row of all("article tbody tr"))
      if (again(all("*", row).map((part) => part.tagName + part.className).join())) row.remove()
  }

  // Material lets the keyboard scroll a program a moment after it is shown.
  const settled = async () => {
    const late = (code) => code.scrollWidth > code.clientWidth && !code.hasAttribute("tabindex")
    for (let n = 0; n < 100 && all("article pre > code").some(late); n++)
      await new Promise((resume) => setTimeout(resume, 20))
  }

  const barriers = async (rules) => {
    await settled()
    for (const animation of document.getAnimations()) animation.finish()
    const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] })
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.help}): ${node.html.slice(0, 100)}`))
  }

  return { programs: () => programs().length, overflowing, copied, showAll, onPaper, thinOut, barriers }
})()
