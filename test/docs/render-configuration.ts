import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { declaredVariables, Environment } from '#config';

/** Variables without a default are absent from a new instance. */
function defaultOf(name: string): string {
  const value = (new Environment() as unknown as Record<string, string | number | boolean | undefined>)[name];
  return value === undefined ? '' : String(value);
}

export function renderConfiguration(): string {
  const rows = declaredVariables().map(({ name, description, secret, aliases }) => {
    const value = defaultOf(name);
    const more = [
      ...(aliases ? [`Also read as ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`] : []),
      ...(secret ? ['Secret: never logged.'] : []),
    ];
    const meaning = [description.replaceAll('|', '\\|'), ...more].join(' ');
    return `| \`${name}\` | ${value === '' ? '–' : `\`${value}\``} | ${meaning} |`;
  });
  return `# Configuration

Everything is set by environment variables. In the working directory a file \`.env\` completes them; a variable that is set
wins over the file. An empty variable counts as absent, and white space and quotes around a value are removed, since
\`docker --env-file\` and Kubernetes Secrets keep them. Some variables have a second name that other programs use; setting both
to different values is a mistake. All mistakes are reported together at start, by variable name and without values, and the
process ends with exit code 1. A variable that is not read but resembles one of these is logged as a warning.

This page is generated from \`libs/config/src/environment.ts\` (\`npm run docs\`); a test keeps it true.

| Variable | Default | Meaning |
|---|---|---|
${rows.join('\n')}

## The simulator

\`npm start\` without \`OPENAI_API_BASE_URL\` also starts the simulator as the upstream. By itself it is started with
\`node_modules/.bin/node dist/apps/simulator/src/main.js\` and reads \`SIMULATOR_PORT\` (11435), \`SIMULATOR_HOST\` (127.0.0.1),
\`SIMULATOR_TOKEN_DELAY_MS\` (15), \`SIMULATOR_SEED\`, \`SIMULATOR_DIALECT\`, \`SIMULATOR_LANGUAGE\` (\`english\`, or \`mixed\` for
characters of one to four bytes), \`SIMULATOR_APIS\` (\`chat\`; a list of \`chat\`, \`responses\`, \`decisions\`) and
\`SIMULATOR_API_KEY\`. \`/health\` and the page at \`/\` show an upstream that is the simulator.
`;
}

export function renderEnvExample(): string {
  const entries = declaredVariables().map(({ name, description, example }) => {
    const text = description.replaceAll('`', '');
    const value = example ?? defaultOf(name);
    const isRequired = name === 'OPENAI_API_BASE_URL';
    return `# ${text}\n${isRequired ? '' : '# '}${name}=${value}\n`;
  });
  return `# Copy to .env and change what you need. docs/configuration.md says the same at length.\n\n${entries.join('\n')}`;
}

/** The schema of the chart's values, with the names of the variables that `settings` may have. */
export function renderChartSchema(): Promise<string> {
  const schema = JSON.parse(readFileSync('deploy/helm/values.schema.json', 'utf8')) as ChartSchema;
  schema.properties.settings.propertyNames.anyOf[1].enum = declaredVariables().flatMap(({ name, secret }) =>
    secret ? [] : [name],
  );
  return format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
}

interface ChartSchema {
  readonly properties: {
    readonly settings: { readonly propertyNames: { readonly anyOf: readonly [unknown, { enum: readonly string[] }] } };
  };
}
