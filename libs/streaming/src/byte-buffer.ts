const MIN_CAPACITY = 4096;

/**
 * Bytes that arrive in chunks of any size. Its capacity doubles, so appending n bytes copies O(n) bytes in all. A single
 * chunk is kept as it came, uncopied.
 */
export class ByteBuffer {
  private bytes: Uint8Array = new Uint8Array();
  length = 0;

  append(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.bytes = chunk;
      this.length = chunk.length;
      return;
    }
    const length = this.length + chunk.length;
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.bytes.length, MIN_CAPACITY));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length = length;
  }

  /** The bytes so far; the buffer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = new Uint8Array();
    this.length = 0;
    return taken;
  }
}
