/**
 * Legacy LZ4 frames with uncompressed content: lz4_Frame_format.md "Legacy frame", lz4_Block_format.md.
 *
 * Kernels before 5.12 take whatever follows an lz4 archive for another block of it, so behind lz4 only lz4,
 * without padding, is safe (lib/decompress_unlz4.c, "correctly handle zero-padding around initrds").
 *
 * @module
 */

const MAGIC = [0x02, 0x21, 0x4c, 0x18];
/** What a legacy block may hold, uncompressed; only the last block may hold less. */
const BLOCK_BYTES = 8 * 1024 * 1024;

/** Frames bytes as lz4 that consists of literals only. */
export function lz4Frame(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (let offset = 0; offset < content.length; offset += BLOCK_BYTES) {
    blocks.push(literalBlock(content.subarray(offset, offset + BLOCK_BYTES)));
  }
  const total = MAGIC.length + blocks.reduce((sum, block) => sum + 4 + block.length, 0);
  const result = new Uint8Array(total);
  const view = new DataView(result.buffer);
  result.set(MAGIC);
  let offset = MAGIC.length;
  for (const block of blocks) {
    view.setUint32(offset, block.length, true);
    result.set(block, offset + 4);
    offset += 4 + block.length;
  }
  return result;
}

/** One sequence without a match: token, the rest of the length in bytes of 255, the literals. */
function literalBlock(content: Uint8Array): Uint8Array {
  const head = [Math.min(content.length, 15) << 4];
  if (content.length >= 15) {
    let rest = content.length - 15;
    for (; rest >= 255; rest -= 255) head.push(255);
    head.push(rest);
  }
  const block = new Uint8Array(head.length + content.length);
  block.set(head);
  block.set(content, head.length);
  return block;
}
