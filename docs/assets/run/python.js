// One Python for the whole page, started by the first request.

import config from "./config.js"

const PATIENCE = 60 // seconds without any progress
const GRACE = 500 // milliseconds that a program has to stop by itself
const ENDS = ["end", "replayed", "missing", "slow", "broken"]

export const host = config.python.includes("//") ? new URL(config.python).host : ""
export const megabytes = config.megabytes
const total = Object.values(config.files).reduce((sum, { bytes }) => sum + bytes, 0)

let worker, ready, running, listener, watchdog

/** Hand *request* to the harness; *listen* hears every event until the next request. */
export async function ask(request, listen) {
  if (running) await stop()
  tell({ kind: "end", how: "stopped" }) // whoever waits for Python to load
  listener = listen
  await (ready ??= boot())
  if (listener === listen) send(request)
}

/** Say something to the program that runs. */
export const send = (request) => worker?.postMessage(JSON.stringify(request))

/** End what runs: politely, and a moment later by force. */
export async function stop() {
  if (!listener) return
  const before = listener
  if (running) {
    await new Promise((resolve) => {
      listener = (event) => { before(event); if (ENDS.includes(event.kind)) resolve() }
      send({ ask: "stop" })
      setTimeout(resolve, GRACE)
    })
  }
  if (listener) end({ kind: "end", how: "stopped" })
}

function boot() {
  return new Promise((resolve) => {
    const began = (worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" }))
    let loaded = 0
    const watch = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => end({ kind: "slow", n: PATIENCE }), PATIENCE * 1000)
    }
    worker.onerror = (event) => {
      event.preventDefault()
      if (worker === began) end({ kind: "missing", file: "worker.js" })
    }
    worker.onmessage = ({ data }) => {
      const event = JSON.parse(data)
      if (worker !== began) return
      if (event.kind === "loaded") {
        loaded += event.bytes
        watch()
        tell({ kind: loaded < total ? "loading" : "starting", n: Math.round((100 * loaded) / total) })
      } else if (event.kind === "ready") {
        clearTimeout(watchdog)
        running = true
        resolve()
      } else if (event.kind === "missing" || event.kind === "broken") {
        end(event)
      } else tell(event)
    }
    const at = (path) => new URL(path, import.meta.url).href
    worker.postMessage({ ...config, python: at(config.python), packages: at(config.packages) })
    watch()
    tell({ kind: "loading", n: 0 })
  })
}

function tell(event) {
  const hear = listener
  if (ENDS.includes(event.kind)) listener = undefined
  hear?.(event)
}

/** Give up the worker; the next request starts another one. */
function end(event) {
  clearTimeout(watchdog)
  worker?.terminate()
  worker = ready = running = undefined
  tell(event)
}
