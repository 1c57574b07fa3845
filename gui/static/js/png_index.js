// The class ids of an index PNG. A canvas gives colours only, and two classes may share one.

const SIGNATURE = 8;
const INDEXED = 3;

function chunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = { data: [] };
  for (let place = SIGNATURE; place < bytes.length; ) {
    const size = view.getUint32(place);
    const name = String.fromCharCode(...bytes.subarray(place + 4, place + 8));
    const body = bytes.subarray(place + 8, place + 8 + size);
    if (name === "IHDR") found.header = new DataView(bytes.buffer, bytes.byteOffset + place + 8, size);
    if (name === "IDAT") found.data.push(body);
    place += size + 12;
  }
  return found;
}

async function inflated(parts) {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

// Undo the five row filters of PNG in place; a pixel is at most one byte here.
function unfilter(raw, stride, height) {
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x ? rows[y * stride + x - 1] : 0;
      const up = y ? rows[(y - 1) * stride + x] : 0;
      const corner = x && y ? rows[(y - 1) * stride + x - 1] : 0;
      const base = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter];
      rows[y * stride + x] = raw[y * (stride + 1) + 1 + x] + base;
    }
  }
  return rows;
}

function unpacked(rows, width, height, bits) {
  if (bits === 8) return rows;
  const stride = Math.ceil((width * bits) / 8);
  const ids = new Uint8Array(width * height);
  const mask = (1 << bits) - 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const byte = rows[y * stride + ((x * bits) >> 3)];
      ids[y * width + x] = (byte >> (8 - bits - ((x * bits) & 7))) & mask;
    }
  }
  return ids;
}

export async function classIds(bytes) {
  const { header, data } = chunks(bytes);
  const [width, height, bits] = [header.getUint32(0), header.getUint32(4), header.getUint8(8)];
  if (header.getUint8(9) !== INDEXED || header.getUint8(12) !== 0) throw new Error("not a plain index PNG");
  const raw = await inflated(data);
  return { width, height, ids: unpacked(unfilter(raw, Math.ceil((width * bits) / 8), height), width, height, bits) };
}
