import tseslint from 'typescript-eslint';

/**
 * Which rooms of libs/ each room may import (ARCHITECTURE.md). Every import between rooms is `#room`, so this table is the
 * whole rule: only a room's index.ts can be reached that way.
 */
const ROOMS = {
  async: ['primitives'],
  contracts: ['errors', 'primitives'],
  errors: [],
  'json-bytes': ['primitives'],
  primitives: [],
  config: ['primitives'],
  observability: ['config'],
  access: ['config', 'primitives'],
  redis: ['async', 'observability'],
  limits: ['config', 'errors', 'observability', 'primitives', 'redis'],
  images: ['async'],
  continuity: ['config', 'contracts', 'observability', 'primitives', 'redis'],
  streaming: ['errors', 'json-bytes'],
  dialects: ['contracts', 'primitives'],
  messages: ['contracts', 'dialects', 'errors', 'primitives'],
  responses: ['contracts', 'dialects', 'errors', 'primitives'],
  translation: ['contracts', 'dialects', 'errors', 'json-bytes', 'primitives', 'streaming'],
  'responses-upstream': ['contracts', 'dialects', 'errors', 'json-bytes', 'primitives', 'streaming', 'translation'],
  connections: ['async', 'config', 'dialects', 'errors', 'json-bytes', 'observability', 'primitives'],
  upstream: [
    'config',
    'connections',
    'continuity',
    'contracts',
    'dialects',
    'errors',
    'images',
    'json-bytes',
    'models',
    'primitives',
    'responses-upstream',
    'translation',
    'virtual-models',
  ],
  models: [
    'async',
    'config',
    'connections',
    'contracts',
    'dialects',
    'errors',
    'model-store',
    'primitives',
    'translation',
    'virtual-models',
  ],
  'virtual-models': ['contracts', 'errors', 'primitives', 'translation'],
  'model-store': ['config', 'errors', 'translation', 'virtual-models'],
};

/** Rooms without Nest, I/O, clock or randomness. */
const PURE = [
  'contracts',
  'errors',
  'json-bytes',
  'primitives',
  'streaming',
  'dialects',
  'translation',
  'messages',
  'responses',
  'virtual-models',
  'responses-upstream',
];

const FEATURES = [
  'chat',
  'generate',
  'models',
  'embeddings',
  'management',
  'account',
  'openai',
  'health',
  'page',
  'docs',
];

/** Rooms of the proxy that serve every feature. */
const EDGE = ['auth', 'edge', 'errors', 'lifecycle', 'rate-limit', 'reply', 'server', 'telemetry', 'text'];

const allow = (rooms) => ({
  regex: rooms.length > 0 ? `^#(?!(${rooms.join('|')})$)` : '^#',
  message: 'This room may not import that one (ARCHITECTURE.md).',
});
const APPS = { regex: '(^|/)apps/', message: 'Libraries never import applications.' };
const OUTSIDE = {
  regex: '^(node:|@nestjs/|axios|undici|express|rxjs|pino|nestjs-pino)',
  message: 'Pure rooms use no Nest, no I/O and no clock.',
};
const NO_ENVIRONMENT = { object: 'process', property: 'env', message: 'Only libs/config reads the environment.' };
const NO_WALL_CLOCK = {
  object: 'Date',
  property: 'now',
  message: 'The wall clock can jump. Durations and expiry use performance.now().',
};

/** Files that need the time of day: timestamps in responses, expiry dates of keys, and dates in Retry-After. */
const USES_TIME_OF_DAY = [
  'apps/proxy/src/agent-apis/responses.service.ts',
  'apps/proxy/src/auth/check-api-key.ts',
  'apps/proxy/src/reply/timestamp.ts',
  'apps/proxy/src/telemetry/metrics/summary.ts',
  'apps/simulator/**/*.ts',
  'libs/connections/src/retry-after.ts',
  'libs/models/src/running-models.ts',
];

const forbid = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowStaticOnly: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Nest's decorators with options violate it.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // An empty text means "absent" in much of the Ollama API, so `||` is often intended.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
      'no-restricted-properties': ['error', NO_ENVIRONMENT, NO_WALL_CLOCK],
    },
  },
  ...Object.entries(ROOMS).map(([room, entered]) => ({
    files: [`libs/${room}/**/*.ts`],
    rules: forbid(allow(entered), APPS, ...(PURE.includes(room) ? [OUTSIDE] : [])),
  })),
  ...FEATURES.map((feature) => ({
    files: [`apps/proxy/src/${feature}/**/*.ts`],
    rules: forbid({
      regex: `^(\\.\\./)+(${FEATURES.filter((other) => other !== feature).join('|')})/`,
      message: 'A feature never imports another feature.',
    }),
  })),
  {
    files: EDGE.map((room) => `apps/proxy/src/${room}/**/*.ts`),
    rules: forbid({ regex: `^(\\.\\./)+(${FEATURES.join('|')})/`, message: 'The edge never imports a feature.' }),
  },
  {
    files: ['apps/simulator/**/*.ts'],
    rules: forbid(allow(['config', 'contracts', 'primitives']), {
      regex: 'apps/proxy',
      message: 'The simulator never imports the proxy.',
    }),
  },
  {
    files: PURE.map((room) => `libs/${room}/**/*.ts`),
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'Date',
        'performance',
        'setTimeout',
        'setInterval',
        'Buffer',
        'fetch',
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  { files: USES_TIME_OF_DAY, rules: { 'no-restricted-properties': ['error', NO_ENVIRONMENT] } },
  { files: ['libs/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
