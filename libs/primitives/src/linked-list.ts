/** A value in a LinkedList, for its removal. */
export class ListEntry<T> {
  previous: ListEntry<T> | undefined;
  next: ListEntry<T> | undefined;
  isListed = true;

  constructor(readonly value: T) {}
}

/**
 * Values in the order of their addition, each of which can be removed at once.
 *
 * It is for what comes and goes with every request, which a Set keeps in memory for longer: when V8 moves a Set to a larger
 * or cleaner table, the old table keeps its values and a reference to the new one (OrderedHashTable::Rehash). Once one of
 * these tables is in the old generation, all later ones and their values survive until the next major collection.
 */
export class LinkedList<T> {
  size = 0;
  private first: ListEntry<T> | undefined;
  private last: ListEntry<T> | undefined;

  add(value: T): ListEntry<T> {
    const entry = new ListEntry(value);
    entry.previous = this.last;
    if (this.last) this.last.next = entry;
    else this.first = entry;
    this.last = entry;
    this.size += 1;
    return entry;
  }

  /** Nothing happens to an entry that has been removed already. */
  remove(entry: ListEntry<T>): void {
    if (!entry.isListed) return;
    entry.isListed = false;
    const { previous, next } = entry;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    // An entry that is no longer used must not keep others in memory.
    entry.previous = undefined;
    entry.next = undefined;
    this.size -= 1;
  }

  /** The values at this moment: the list may be changed while they are used. */
  values(): T[] {
    const values: T[] = [];
    for (let entry = this.first; entry; entry = entry.next) values.push(entry.value);
    return values;
  }
}
