// Run, Stop, Edit and Reset below each program of a page, and the panel with what happens.
// Without this script the page is complete; nothing is loaded before the first click.

import { ask, host, megabytes, send, stop } from "./python.js"
import words from "./words.js"

const language = document.documentElement.lang.slice(0, 2)
const vocabulary = words[language] ?? words.en
const PLAIN = { spellcheck: "false", autocapitalize: "off", autocomplete: "off" } // code, not prose
const CLOSED = /^websocket\.(close|disconnect)$/

/** The reader's words for *key*, with *values* in their places. */
const say = (key, values = {}) => vocabulary[key].replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place)

/** An element; *attributes* that start with "on" are listeners. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else if (typeof value === "boolean") element.toggleAttribute(name, value)
    else if (value !== undefined) element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

const button = (key, onclick, attributes = {}) =>
  make("button", { type: "button", class: "run-button", onclick, ...attributes }, say(key))

let count = 0
const labelled = (key, control) => {
  control.id = `run-${++count}`
  return make("p", { class: "run-field" }, make("label", { for: control.id }, say(key)), control)
}

/** A program or a transcript of the page, with its buttons and its panel. */
class Snippet {
  constructor(box, name, transcript) {
    Object.assign(this, { box, name, transcript, code: box.querySelector("code") })
    this.running = false
    this.runs = button(transcript ? "replay" : "run", () => this.run())
    this.stops = button("stop", stop, { hidden: true })
    this.edits = button("edit", () => this.edit())
    this.resets = button("reset", () => this.reset(), { hidden: true })
    this.status = make("p", { class: "run-status", role: "status" })
    this.log = make("ol", { class: "run-log" })
    this.scroller = make("div", { class: "run-scroller", role: transcript ? "region" : "log", "aria-label": say("log"), tabindex: "0" }, this.log)
    this.panel = make("div", { class: "run-panel", hidden: true }, this.scroller)
    this.bar = make("div", { class: "run-bar" }, this.runs, this.stops)
    if (!transcript) this.bar.append(this.edits, this.resets)
    const label = say(transcript ? "transcript" : "program", { name: `docs_src/${name}.${transcript ? "pycon" : "py"}` })
    this.element = make("div", { class: "run", role: "group", "aria-label": label }, this.bar, this.status, this.panel)
    box.after(this.element)
  }

  get source() {
    return this.editor?.value ?? this.code.textContent
  }

  // --- The buttons ---

  run(options = {}) {
    const [program, transcript] = this.transcript ? [this.partner, this] : [this, this.partner]
    this.note = program?.editor && program.source !== program.code.textContent ? say("edited") : ""
    this.begin()
    document.querySelectorAll(".run-size").forEach((note) => note.remove())
    const about = { name: this.name, source: program?.source ?? "", transcript: transcript?.source ?? "" }
    const mine = (this.current = {}) // an earlier run may still say that it ends
    ask({ ask: this.transcript ? "replay" : "run", program: about, ...options }, (event) => {
      if (this.current === mine) this.hear(event)
    })
  }

  edit() {
    const pre = this.box.querySelector("pre")
    const source = this.code.textContent
    this.editor = make("textarea", {
      ...PLAIN, class: "run-editor", wrap: "off", rows: source.split("\n").length,
      "aria-label": this.element.getAttribute("aria-label"),
      onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.run() },
    })
    this.editor.value = source
    pre.hidden = this.edits.hidden = true
    this.resets.hidden = false
    pre.after(this.editor)
    this.editor.focus()
  }

  reset() {
    if (this.running) stop()
    this.editor?.remove()
    this.editor = this.form = this.current = undefined
    this.box.querySelector("pre").hidden = this.edits.hidden = false
    this.panel.replaceChildren(this.scroller)
    this.log.replaceChildren()
    this.tell("")
    this.runs.focus()
    this.panel.hidden = this.resets.hidden = true
  }

  // --- What happens ---

  begin() {
    this.running = true
    this.closed = false
    this.log.replaceChildren()
    this.panel.hidden = this.resets.hidden = this.stops.hidden = false
    this.enable(false)
    this.tell(say("running"))
  }

  end(sentence, wrong = false) {
    this.running = false
    if (this.stops === document.activeElement) this.runs.focus()
    this.stops.hidden = true
    this.enable(false)
    this.tell(sentence, wrong)
  }

  tell(sentence, wrong = false) {
    this.status.classList.toggle("run-wrong", wrong)
    this.status.textContent = sentence
  }

  hear(event) {
    const { kind, ...rest } = event
    this[`on_${kind}`]?.(rest)
  }

  on_loading({ n }) { this.tell(say("loading", { n })) }
  on_starting() { this.tell(say("starting")) }
  on_missing({ file }) { this.end(say("missing", { file }), true) }
  on_slow({ n }) { this.end(say("slow", { n }), true) }
  on_broken({ why }) { this.end(say("broken", { why }), true) }

  on_plan({ arguments: written, says }) {
    this.tell(say("running"))
    this.form ??= this.makeForm()
    this.form.call.value = written
    this.says = says
    this.suggest()
  }

  on_connection({ path }) {
    this.add("run-connection", path === null ? say("lifespan") : say("connection", { path }))
  }

  on_message({ direction, type, values, seconds }) {
    const arrow = make("span", { class: "run-arrow", "aria-hidden": "true" }, direction === "receive" ? "→" : "←")
    this.add(`run-message run-${direction}`, arrow,
      make("span", { class: "run-who" }, `${say(direction)} `),
      make("code", {}, type), ...(values ? [" ", make("code", {}, values)] : []),
      make("span", { class: "run-time" }, ` ${say("seconds", { n: seconds.toFixed(3) })}`))
    if (!CLOSED.test(type)) return
    this.closed = true
    this.enable(false)
  }

  on_print({ text }) { this.add("run-print", `${say("printed")} `, make("pre", {}, text)) }

  on_open() {
    if (this.closed) return
    this.tell(say("connected"))
    this.enable(true)
  }

  on_end({ how, status, text }) {
    if (text) this.add("run-error", make("pre", {}, text))
    this.end(say(how, { status }), how === "error")
  }

  on_example({ source }) {
    const lines = source.trimEnd().split("\n").map((line, n) => `${n ? "..." : ">>>"} ${line}`)
    this.add("run-example", make("pre", {}, lines.join("\n")))
  }

  on_answer({ same, text, expected }) {
    if (!same) {
      this.add("run-error", `${say("answers")} `, make("pre", {}, text || "None"))
      this.add("run-expected", `${say("expected")} `, make("pre", {}, expected || "None"))
    } else if (text) this.add("run-answer", make("pre", {}, `${text.trimEnd()}`), make("span", { "aria-hidden": "true" }, " ✓"))
  }

  on_replayed({ same, of }) {
    const sentence = same === of ? say("same", { of }) : say("different", { n: of - same, of })
    this.end([sentence, this.note].join(language === "zh" ? "" : " ").trim(), same !== of)
  }

  add(kind, ...content) {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller
    const follows = !this.transcript && scrollHeight - scrollTop - clientHeight < 40
    this.log.append(make("li", { class: kind }, ...content))
    if (follows) this.scroller.scrollTop = this.scroller.scrollHeight
  }

  // --- What the reader says ---

  makeForm() {
    const call = make("input", { ...PLAIN, class: "run-code" })
    const data = make("input", { ...PLAIN, class: "run-code" })
    const hint = () => { data.placeholder = kind.value === "bytes" ? say("bytes hint") : "" }
    const kind = make("select", { onchange: hint }, ...["text", "json", "bytes"].map((key) => make("option", { value: key }, say(key))))
    const code = make("input", { inputmode: "numeric", size: "4", value: "1000" })
    const reason = make("input", { size: "12", autocomplete: "off" })
    const submit = (key, attributes) => button(key, undefined, { type: "submit", ...attributes })
    const leaves = (code, reason) => send({ ask: "say", do: "close", code, reason })
    const form = (onsubmit, ...children) =>
      make("form", { class: "run-form", onsubmit: (event) => { event.preventDefault(); onsubmit() } }, ...children)
    const speaking = make("div", { hidden: true },
      form(() => this.speak(), labelled("message", data), labelled("kind", kind), submit("say")),
      form(() => leaves(Number(code.value), reason.value),
        labelled("code", code), labelled("reason", reason), submit("close"),
        button("leave", () => leaves(1006, ""))))
    const connecting = form(() => this.run({ arguments: call.value }), labelled("connect", call), submit("connect again"))
    this.panel.prepend(connecting)
    this.panel.append(speaking)
    return { call, data, kind, speaking }
  }

  enable(enabled) {
    if (!this.form) return
    const inside = this.form.speaking.contains(document.activeElement)
    this.form.speaking.hidden = !enabled
    if (inside && !enabled) this.scroller.focus({ preventScroll: true })
  }

  /** Put into the form what the transcript says next. */
  suggest() {
    const [kind, data] = this.says.shift() ?? [this.form.kind.value, ""]
    this.form.kind.value = kind
    this.form.data.value = data
  }

  speak() {
    const { kind, data } = this.form
    if (kind.value === "json" && !isJSON(data.value)) return this.tell(say("not json"), true)
    this.tell(say("connected"))
    send({ ask: "say", do: kind.value, data: data.value })
    this.suggest()
    data.focus()
  }
}

function isJSON(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Why a program runs elsewhere only. */
function refuse(box, needs) {
  const what = needs.map((need) => (need in vocabulary ? say(need) : say("package", { name: need })))
  const list = new Intl.ListFormat(language, { type: "conjunction" }).format(what)
  box.after(make("p", { class: "run-needs" }, say("needs", { what: list })))
}

const programs = new Map()
for (const box of document.querySelectorAll("div.highlight[data-needs]")) {
  const [, name, end] = box.querySelector(".filename").textContent.match(/^docs_src\/(.+)\.(py|pycon)$/)
  const needs = box.dataset.needs.split(" ").filter(Boolean)
  if (needs.length) {
    if (end === "py") refuse(box, needs)
    continue
  }
  const snippet = new Snippet(box, name, end === "pycon")
  const key = programs.size ? "megabytes" : host ? "size" : "size here"
  snippet.bar.append(make("span", { class: "run-size" }, say(key, { n: megabytes, host })))
  if (end === "py") programs.set(name, snippet)
  else if (programs.has(name)) {
    snippet.partner = programs.get(name) // the nearest above
    snippet.partner.partner ??= snippet
  }
}
