import { getHeapStatistics } from 'node:v8';

/**
 * A body costs about six times its size until its response is complete: as bytes, text, parsed value and request to the
 * upstream. All running requests together may hold as many bytes as fit into the heap at that rate.
 */
const COST_PER_BYTE = 6;

/** The bytes of all request bodies that this process holds. */
export class MemoryBudget {
  private heldBytes = 0;

  constructor(private readonly maxBytes = getHeapStatistics().heap_size_limit / COST_PER_BYTE) {}

  /** False if there is no room for them; then nothing is taken. A single body always fits. */
  take(bytes: number, alreadyTaken: number): boolean {
    const others = this.heldBytes - alreadyTaken;
    if (others > 0 && this.heldBytes + bytes > this.maxBytes) return false;
    this.heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }
}
