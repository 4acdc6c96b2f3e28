import { readSimulatorConfig } from '#config';
import { dialects, isDialectName } from './dialects/dialects.js';
import { SIMULATED_APIS } from './simulator-options.js';
import { createSimulator } from './simulator.js';
import { LANGUAGES } from './text/word-salad.js';

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
// The parent that started this process for itself is gone.
process.on('disconnect', () => process.exit(0));
// It may have gone while the modules were loading.
if (process.send !== undefined && !process.connected) process.exit(0);

try {
  const url = await start();
  process.send?.({ url });
  process.stdout.write(`Simulator listens on ${url}\n`);
} catch (error) {
  process.stderr.write(`The simulator cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

function start(): Promise<string> {
  const { port, host, dialect, ...given } = readSimulatorConfig();
  if (!isDialectName(dialect)) {
    throw new Error(`SIMULATOR_DIALECT must be one of ${Object.keys(dialects).join(', ')}.`);
  }
  const language = LANGUAGES.find((each) => each === given.language);
  if (!language) throw new Error(`SIMULATOR_LANGUAGE must be one of ${LANGUAGES.join(', ')}.`);
  const apis = SIMULATED_APIS.filter((api) => given.apis.includes(api));
  if (apis.length === 0 || apis.length < given.apis.length) {
    throw new Error(`SIMULATOR_APIS must be a list of ${SIMULATED_APIS.join(', ')}.`);
  }
  // Recorded requests are read by tests only, in the same process.
  return createSimulator({ ...given, dialect, language, apis, maxRequests: 0 }).listen(port, host);
}
