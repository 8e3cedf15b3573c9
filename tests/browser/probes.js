// What the tests look at, on the page itself.
window.probes = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const programs = () => all("article .highlight")
  const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0
  const start = (element) => element.outerHTML.slice(0, 80)

  // A colour is looked at where it ends, not on its way.
  addEventListener("DOMContentLoaded", () => {
    const still = document.createElement("style")
    still.textContent = "* { transition: none !important }"
    document.head.append(still)
  })

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
    return [
      ...all(around).filter(visible).map((element) => `no use on paper: ${start(element)}`),
      ...all("article pre > code").flatMap((code) => [
        ...(visible(code) ? [] : [`hidden: ${code.textContent}`]),
        ...(code.scrollWidth > code.clientWidth + 1 ? [`cut off: ${code.textContent}`] : []),
      ]),
      ...all("article p, article code, article code span").filter(pale).map((element) => `pale: ${start(element)}`),
    ]
  }

  // What looks alike needs one look: a page of 9,000 elements becomes one of 500, and takes a tenth.
  const thinOut = () => {
    const seen = new Set()
    const again = (look) => seen.has(look) || !seen.add(look)
    for (const token of all("article .highlight code *"))
      if (again([token.tagName, token.className, token.parentElement?.className].join()))
        token.replaceWith(token.textContent)
    const look = (element) =>
      element.outerHTML.replace(/>[^<]*\S[^<]*</g, ">text<").replace(/ (id|href|for|title|data-[\w-]+)="[^"]+"/g, " $1")
    for (const part of all("article :is(p, li, tbody tr, .highlight), .md-nav__item:not(:has(.md-nav))"))
      if (again(look(part))) part.remove()
  }

  // Material lets the keyboard scroll a program a moment after it is shown.
  const settled = async () => {
    const late = (code) => code.scrollWidth > code.clientWidth && !code.hasAttribute("tabindex")
    for (let n = 0; n < 100 && all("article pre > code").some(late); n++)
      await new Promise((resume) => setTimeout(resume, 20))
  }

  const barriers = async (rules) => {
    await settled()
    const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] })
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.help}): ${node.html.slice(0, 100)}`))
  }

  return { programs: () => programs().length, overflowing, copied, showAll, onPaper, thinOut, barriers }
})()
