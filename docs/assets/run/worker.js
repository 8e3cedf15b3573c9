// Python, in a module worker: the page can always end it, even in an endless loop.
// It has no access to the page or the network, and speaks JSON with the harness alone.

let desk
const tell = (event) => self.postMessage(JSON.stringify(event))

self.onmessage = async ({ data }) => {
  try {
    if (typeof data === "string") return desk.take(data)
    desk = await boot(data)
    tell({ kind: "ready" })
  } catch (error) {
    tell(error.file ? { kind: "missing", file: error.file } : { kind: "broken", why: `${error.message ?? error}` })
  }
}

async function boot({ python, files, packages, abi }) {
  // A failed fetch inside Pyodide may leave its promise pending for ever; this one does not.
  let fail
  const failed = new Promise((_, reject) => { fail = reject })
  const fetched = self.fetch.bind(self)
  self.fetch = (url, options = {}) => {
    const file = files[`${url}`.split("/").pop()]
    const checked = file ? { ...options, integrity: `sha384-${file.sha384}`, mode: "cors" } : options
    const answer = fetched(url, checked).then((response) => {
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      tell({ kind: "loaded", bytes: file?.bytes ?? 0 })
      return response
    })
    answer.catch((error) => fail(Object.assign(error, { file: `${url}` })))
    return answer
  }
  // An import cannot be held to a hash, a fetch can.
  const module = async (name) => {
    const source = await (await self.fetch(python + name)).arrayBuffer()
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
    return import(url).finally(() => URL.revokeObjectURL(url))
  }
  const start = async () => {
    const archive = self.fetch(packages).then((response) => response.arrayBuffer())
    const [{ loadPyodide }, asm] = await Promise.all([module("pyodide.mjs"), module("pyodide.asm.mjs")])
    const py = await loadPyodide({
      indexURL: python,
      createPyodideModule: asm.default,
      lockFileContents: { info: abi, packages: {} },
      jsglobals: {},
      env: { HOME: "/home", MULTIDICT_NO_EXTENSIONS: "1" },
      stdout: () => {},
      stderr: () => {},
    })
    py.FS.writeFile("/packages.zip", new Uint8Array(await archive))
    py.runPython("import sys; sys.path.insert(0, '/packages.zip')")
    return py.pyimport("harness").Desk((event) => self.postMessage(event))
  }
  return Promise.race([start(), failed])
}
