// Runs a file of node_modules with variables, on every platform:
//   node scripts/with-environment.mjs NAME=value … package/file.mjs argument …
import { join } from 'node:path';
import { root, run } from './ensure.mjs';

const args = process.argv.slice(2);
const count = args.findIndex((arg) => !/^[A-Z_]+=/.test(arg));
const variables = Object.fromEntries(args.slice(0, count).map((arg) => arg.split('=', 2)));
const [file, ...rest] = args.slice(count);
process.exitCode = await run(process.execPath, [join(root, 'node_modules', file), ...rest], {
  stdio: 'inherit',
  env: { ...process.env, ...variables },
});
