import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * A body costs about six times its size until its response is complete: as bytes, text, parsed value and request to the
 * upstream.
 */
const COST_PER_BYTE = 6;

const MEGABYTE = 1024 * 1024;

/** Resident memory of a process without requests: 105 MB measured. */
const IDLE_BYTES = 110 * MEGABYTE;

/** Resident memory of the primary process of several workers: 51 MB measured. */
const PRIMARY_BYTES = 55 * MEGABYTE;

/** Ordinary requests have some kilobytes: they are never refused for a limit of memory that is too low. */
const MIN_BUDGET_BYTES = 2 * MEGABYTE;

/** What a process may use, in bytes. */
export interface AvailableMemory {
  /** Of the container or the machine. */
  readonly total: number;
  /** Limit of the process's heap. */
  readonly heap: number;
}

/** The bytes of bodies that each of `workers` processes may hold: all of them share the memory of the container. */
export function bodyBudgetBytes(workers: number, { total, heap } = availableMemory()): number {
  const ofEach = (workers > 1 ? total - PRIMARY_BYTES : total) / workers;
  return Math.max(MIN_BUDGET_BYTES, Math.min(heap, ofEach - IDLE_BYTES) / COST_PER_BYTE);
}

/** Without a limit, cgroups report zero or more than the machine has. */
function availableMemory(): AvailableMemory {
  const constrained = process.constrainedMemory() || Infinity;
  return { total: Math.min(totalmem(), constrained), heap: getHeapStatistics().heap_size_limit };
}

/** The bytes of all request bodies that this process holds. */
export class MemoryBudget {
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

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
