/**
 * Figures of a round, how the proxy's is compared with a base, and the goals for it. `compare` is
 * "ratio" (subject ÷ base), "added" (subject − base) or "value" (the subject alone).
 */
const MICRO = 1e-3;

export const cpuPerRequest = (goal = {}) => ({
  name: 'CPU per request',
  unit: 'µs',
  of: (round) => (round.cpuNs * MICRO) / round.requests,
  compare: 'ratio',
  ...goal,
});

export const cpuPerToken = (goal = {}) => ({
  name: 'CPU per token',
  unit: 'µs',
  of: (round) => (round.cpuNs * MICRO) / round.tokens,
  compare: 'ratio',
  ...goal,
});

export const cpuAdded = (goal = {}) => ({
  name: 'CPU over the pipe',
  unit: 'ms',
  of: (round) => (round.cpuNs * MICRO * MICRO) / round.requests,
  compare: 'added',
  ...goal,
});

/** Against a fixed figure of the case itself, such as the cost of parsing the body once. */
export const cpuAgainst = (name, base, goal = {}) => ({
  name,
  unit: 'ms',
  of: (round) => (round.cpuNs * MICRO * MICRO) / round.requests,
  fixedBase: base,
  compare: 'ratio',
  ...goal,
});

export const latency = (percentile, goal = {}) => ({
  name: `latency p${percentile}`,
  unit: 'ms',
  of: (round) => round.latency[percentile],
  compare: 'added',
  ...goal,
});

export const firstByte = (percentile, goal = {}) => ({
  name: `first token p${percentile}`,
  unit: 'ms',
  of: (round) => round.firstByte[percentile],
  compare: 'added',
  ...goal,
});

export const peakMemory = (goal = {}) => ({
  name: 'RSS under load',
  unit: 'MB',
  of: (round) => round.rssPeak / 1e6,
  compare: 'value',
  ...goal,
});

export const failures = (goal = {}) => ({
  name: 'errors',
  unit: '',
  of: (round) => round.errors,
  compare: 'value',
  worst: true,
  ...goal,
});
