/** A node of the trie and a UTF-16 code unit as one number. */
const UNITS = 0x1_0000;

const ROOT = 0;

/**
 * Finds the first of many sequences in a text that comes in parts (Aho and Corasick 1975). Linear: building costs one step
 * for each character of the sequences, reading a constant number of steps for each character of the text, however many
 * sequences there are.
 */
export class StopMatcher {
  private readonly children = new Map<number, number>();
  /** By node: its depth, the node of its longest proper suffix, and the longest sequence that ends there (0: none). */
  private readonly depths = [0];
  private readonly suffixes = [ROOT];
  private readonly endings = [0];
  private node = ROOT;

  constructor(sequences: readonly string[]) {
    for (const sequence of sequences) this.insert(sequence);
    this.linkSuffixes();
  }

  /** Length of the sequence that was found, or of the end of the text that may be the beginning of one. */
  get matchedLength(): number {
    const found = this.endings[this.node] ?? 0;
    return found > 0 ? found : (this.depths[this.node] ?? 0);
  }

  /**
   * Reads the next part of the text.
   * @returns where in the part the first complete sequence ends; of several that end there the longest counts
   */
  read(text: string): number | undefined {
    for (let at = 0; at < text.length; at += 1) {
      this.node = this.next(this.node, text.charCodeAt(at));
      if (this.endings[this.node]) return at + 1;
    }
    return undefined;
  }

  private insert(sequence: string): void {
    let node = ROOT;
    for (let at = 0; at < sequence.length; at += 1) {
      const edge = node * UNITS + sequence.charCodeAt(at);
      let child = this.children.get(edge);
      if (child === undefined) {
        child = this.depths.length;
        this.children.set(edge, child);
        this.depths.push(at + 1);
        this.suffixes.push(ROOT);
        this.endings.push(0);
      }
      node = child;
    }
    this.endings[node] = sequence.length;
  }

  /** A node's suffix is shorter than the node, so the nodes are linked by depth. */
  private linkSuffixes(): void {
    const edges = Array.from(this.children, ([edge, child]) => ({ edge, child }));
    edges.sort((left, right) => (this.depths[left.child] ?? 0) - (this.depths[right.child] ?? 0));
    for (const { edge, child } of edges) {
      const parent = Math.floor(edge / UNITS);
      const suffix = parent === ROOT ? ROOT : this.next(this.suffixes[parent] ?? ROOT, edge % UNITS);
      this.suffixes[child] = suffix;
      this.endings[child] ||= this.endings[suffix] ?? 0;
    }
  }

  private next(from: number, unit: number): number {
    for (let node = from; ; node = this.suffixes[node] ?? ROOT) {
      const child = this.children.get(node * UNITS + unit);
      if (child !== undefined) return child;
      if (node === ROOT) return ROOT;
    }
  }
}
