import { ConfigurationError } from './environment.js';

interface SimulatorConfig {
  readonly port: number;
  readonly host: string;
  readonly tokenDelayMs: number;
  readonly seed: number;
  /** Name of a dialect; the simulator knows which there are. */
  readonly dialect: string;
  readonly apiKey?: string;
}

/**
 * Reads the environment of the simulator process.
 * @throws ConfigurationError naming each bad variable
 */
export function readSimulatorConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SimulatorConfig {
  const mistakes: string[] = [];
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const whole = (name: string, fallback: number, high: number): number => {
    const number = Number(read(name) ?? fallback);
    if (!Number.isInteger(number) || number < 0 || number > high) {
      mistakes.push(`${name} must be a whole number from 0 to ${high}`);
    }
    return number;
  };

  const apiKey = read('SIMULATOR_API_KEY');
  const config: SimulatorConfig = {
    port: whole('SIMULATOR_PORT', 11_435, 65_535),
    host: read('SIMULATOR_HOST') ?? '127.0.0.1',
    tokenDelayMs: whole('SIMULATOR_TOKEN_DELAY_MS', 15, 60_000),
    seed: whole('SIMULATOR_SEED', 1, 4_294_967_295),
    dialect: read('SIMULATOR_DIALECT') ?? 'lenient',
    ...(apiKey !== undefined && { apiKey }),
  };
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return config;
}
