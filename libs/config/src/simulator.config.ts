import { plainToInstance } from 'class-transformer';
import { IsOptional, IsString, validateSync } from 'class-validator';
import { ConfigurationError } from './configuration-error.js';
import { describeErrors } from './describe-errors.js';
import type { Variables } from './given-variables.js';
import { unquote } from './given-variables.js';
import { IsWholeNumber } from './number-rules.js';
import { ToNumber } from './transforms.js';

/** The variables of the simulator. */
class SimulatorEnvironment {
  @ToNumber @IsWholeNumber(0, 65_535) SIMULATOR_PORT = 11_435;
  @IsString() SIMULATOR_HOST = '127.0.0.1';
  @ToNumber @IsWholeNumber(0, 60_000) SIMULATOR_TOKEN_DELAY_MS = 15;
  @ToNumber @IsWholeNumber(0, 4_294_967_295) SIMULATOR_SEED = 1;
  @IsString() SIMULATOR_DIALECT = 'lenient';
  @IsString() SIMULATOR_LANGUAGE = 'english';
  @IsString() SIMULATOR_APIS = 'chat';
  @IsOptional() @IsString() SIMULATOR_API_KEY?: string;
}

interface SimulatorConfig {
  readonly port: number;
  readonly host: string;
  readonly tokenDelayMs: number;
  readonly seed: number;
  /** Name of a dialect of the simulator, which checks it. */
  readonly dialect: string;
  /** Of made-up text, which the simulator checks; so it does the names of APIs. */
  readonly language: string;
  readonly apis: readonly string[];
  readonly apiKey?: string;
}

/** @throws ConfigurationError with all mistakes */
export function readSimulatorConfig(variables: Variables = process.env): SimulatorConfig {
  const names = Object.keys(new SimulatorEnvironment());
  const set = names.flatMap((name) => {
    const value = unquote(variables[name] ?? '');
    return value ? [[name, value]] : [];
  });
  const environment = plainToInstance(SimulatorEnvironment, Object.fromEntries(set), { exposeDefaultValues: true });
  const mistakes = describeErrors(validateSync(environment), '');
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return {
    port: environment.SIMULATOR_PORT,
    host: environment.SIMULATOR_HOST,
    tokenDelayMs: environment.SIMULATOR_TOKEN_DELAY_MS,
    seed: environment.SIMULATOR_SEED,
    dialect: environment.SIMULATOR_DIALECT,
    language: environment.SIMULATOR_LANGUAGE,
    apis: [...new Set(environment.SIMULATOR_APIS.split(',').map((name) => name.trim()))],
    ...(environment.SIMULATOR_API_KEY !== undefined && { apiKey: environment.SIMULATOR_API_KEY }),
  };
}
