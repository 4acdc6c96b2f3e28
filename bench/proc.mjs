/** Reads CPU time, memory, children and ports of processes from /proc. Linux only. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TICK_NS = 1e7;

/** CPU nanoseconds of the processes since their start. */
export function cpuNs(pids) {
  return pids.reduce((sum, pid) => sum + (scheduledNs(pid) ?? tickedNs(pid)), 0);
}

/** Time on a processor by thread, exact to the nanosecond; the same sum as utime + stime, which come in 10 ms steps. */
function scheduledNs(pid) {
  if (!existsSync(`/proc/${pid}/schedstat`)) return undefined;
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce(
    (sum, thread) => sum + Number(readText(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
    0,
  );
}

function tickedNs(pid) {
  const fields = afterName(readText(`/proc/${pid}/stat`));
  return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
}

export function rssBytes(pids) {
  const kilobytes = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each * 1024, 0);
}

/** A process and its current descendants. */
export function treeOf(root) {
  const children = new Map();
  for (const pid of numbers('/proc')) {
    const parent = Number(afterName(readText(`/proc/${pid}/stat`))[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const all = [root];
  for (const pid of all) all.push(...(children.get(pid) ?? []));
  return all;
}

/** The processes that have the listening socket of a TCP port of this machine. */
export function listenersOn(port) {
  const inode = listeningInode(port);
  return inode ? numbers('/proc').filter((pid) => socketsOf(pid).includes(`socket:[${inode}]`)) : [];
}

function listeningInode(port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = `${readText('/proc/net/tcp')}${readText('/proc/net/tcp6')}`
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  return rows.find(([, local, , state]) => local?.endsWith(wanted) && state === '0A')?.[9];
}

function socketsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

const numbers = (folder) => readdirSync(folder).map(Number).filter(Number.isInteger);

/** A process's name may hold spaces and brackets; the fields are counted after it. */
const afterName = (stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** "" for a process or thread that has ended. */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
