// Python, in a module worker: the page can always end it, even in an endless loop.
// Page and harness speak JSON with each other; the harness is all that is called here.

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
  const fetch = self.fetch.bind(self)
  const failed = new Promise((_, reject) => { fail = reject })
  const get = (url, options, bytes = 0) => {
    const answer = fetch(url, options).then((response) => {
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      tell({ kind: "loaded", bytes })
      return response
    })
    answer.catch((error) => fail(Object.assign(error, { file: `${url}`.split("?")[0] })))
    return answer
  }
  // All at once, and each held to its hash; Pyodide, which fetches two of them itself, finds them here.
  const loading = {}
  for (const [name, { bytes, sha384 }] of Object.entries(files)) {
    loading[python + name] = get(python + name, { integrity: `sha384-${sha384}` }, bytes)
  }
  self.fetch = (url, options) => loading[url] ?? get(url, options)
  const archive = get(packages)
  // An import cannot be held to a hash, a fetch can.
  const module = async (name) => {
    const source = await (await loading[python + name]).arrayBuffer()
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
    return import(url).finally(() => URL.revokeObjectURL(url))
  }
  const start = async () => {
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
    py.FS.writeFile("/packages.zip", new Uint8Array(await (await archive).arrayBuffer()))
    py.runPython("import sys; sys.path.insert(0, '/packages.zip')")
    return py.pyimport("harness").Desk((event) => self.postMessage(event))
  }
  return Promise.race([start(), failed])
}
