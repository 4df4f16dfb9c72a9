// Reads an overview of a COG by range requests: index.html?file=scene/visual.tif&overview=0
const wasm = (await WebAssembly.instantiateStreaming(fetch('cogwork_page.wasm'))).instance.exports;

async function read(url, overview) {
    const head = await fetch(url, { method: 'HEAD' });
    wasm.open(Number(head.headers.get('Content-Length')), overview);
    for (;;) {
        const state = wasm.step();
        if (state === 0) {
            return answer();
        }
        if (state === 2) {
            throw new Error(new TextDecoder().decode(answer()));
        }
        await supply(url, wasm.missing_start(), wasm.missing_end());
    }
}

async function supply(url, start, end) {
    const response = await fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 206 || bytes.length !== end - start) {
        throw new Error(`${url}: ${response.status}, ${bytes.length} bytes for ${start}-${end}`);
    }
    // The memory may have grown, and moved, with the buffer: it is asked for afterwards.
    const place = wasm.buffer(bytes.length);
    new Uint8Array(wasm.memory.buffer, place, bytes.length).set(bytes);
    wasm.supply();
}

// A copy, for the memory may move.
function answer() {
    return new Uint8Array(wasm.memory.buffer, wasm.answer(), wasm.answer_length()).slice();
}

async function sha256(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Draws the block that was read, and gives the pixels that the canvas has.
function draw(width, height) {
    const canvas = document.getElementById('canvas');
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext('2d');
    wasm.paint();
    const pixels = new Uint8ClampedArray(answer());
    if (pixels.length > 0) {
        context.putImageData(new ImageData(pixels, width, height), 0, 0);
    }
    return context.getImageData(0, 0, width, height).data;
}

async function run() {
    const asked = new URLSearchParams(location.search);
    const samples = await read(asked.get('file'), Number(asked.get('overview') ?? 0));
    const [bands, width, height] = [wasm.bands(), wasm.width(), wasm.height()];
    const shape = [bands, height, width];
    const drawn = draw(width, height);
    return { shape, samples: await sha256(samples), canvas: await sha256(drawn) };
}

const result = await run().catch((error) => ({ error: String(error) }));
document.getElementById('result').textContent = JSON.stringify(result, null, 2);
await fetch('result', { method: 'POST', body: JSON.stringify(result) });
