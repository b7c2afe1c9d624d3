import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

/** The flow, upstream first: a package imports only from packages before it. `cable` and `process` stand alone. */
const flow = ['events', 'log', 'projector', 'commands'];
const alone = ['cable', 'process'];
const closedTo = (name) => [...(alone.includes(name) ? flow : flow.slice(flow.indexOf(name))), ...alone];

/** Files that touch nothing outside themselves: no network, no database, no clock, no randomness. */
const pure = [
  'packages/{commands,events,cable}/src/**/*.ts',
  'packages/log/src/{message,names}.ts',
  'packages/projector/src/{evolution,payloads,audiences}/**/*.ts',
  'apps/api/src/{append-report,event-batch,pointer}.ts',
  'apps/cli/src/demo-plan.ts',
  'apps/gateway/src/{origin,rate,session}.ts',
  'apps/presence/src/{account,agents,presence,roster,snapshot}.ts',
];

/** The one place for each foreign library. */
const libraries = [
  { name: 'nats', files: ['packages/log/src/**/*.ts'] },
  { name: 'better-sqlite3', files: ['packages/projector/src/{database,*.spec}.ts'] },
  { name: 'uWebSockets.js', files: ['apps/gateway/src/{server,connection}.ts'] },
  { name: 'fastify', files: ['apps/api/src/**/*.ts'] },
  { name: '@aws-sdk/*', files: ['apps/api/src/attachments/s3/*.ts'] },
];

const packagesOf = (names) => names.flatMap((name) => [`@cablehub/${name}`, `@cablehub/${name}/*`]);

const importsOf = (patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
});

const foreign = (file) => libraries.filter((library) => !library.files.includes(file));
const libraryPatterns = (file) =>
  foreign(file).map(({ name, files }) => ({ group: [name], message: `${name} is used only in ${files.join(', ')}.` }));

const apps = { group: ['@cablehub-apps/*'], message: 'Only the CLI runs apps.' };

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '.data', '**/.turbo'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'max-depth': ['error', 3],
      complexity: ['error', 10],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-empty': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportAllDeclaration', message: 'List the names.' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['apps/*/src/main.ts', '**/*.{spec,fixture}.ts', 'packages/process/src/**', '*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings are read once, in main.' },
      ],
    },
  },
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: ['apps/console/src/**/*.vue'] })),
  {
    files: ['apps/console/src/**/*.vue'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: {
      parserOptions: { parser: tseslint.parser, projectService: true, extraFileExtensions: ['.vue'] },
    },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 10],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'vue/require-default-prop': 'off', // undefined is a value that the types speak of
      // Prettier says how it looks.
      'vue/max-attributes-per-line': 'off',
      'vue/html-self-closing': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
    },
  },
  ...[...flow, ...alone].map((name) => ({
    files: [`packages/${name}/src/**/*.ts`],
    rules: importsOf([
      { group: packagesOf(closedTo(name)), message: 'Imports point upstream, and to the file within a package.' },
      apps,
      ...libraries
        .filter(({ files }) => !files.some((file) => file.startsWith(`packages/${name}/`)))
        .map(({ name: library }) => ({ group: [library] })),
    ]),
  })),
  ...['api', 'projector', 'gateway', 'presence'].map((name) => ({
    files: [`apps/${name}/src/**/*.ts`],
    ignores: libraries.flatMap(({ files }) => files).filter((file) => file.startsWith(`apps/${name}/`)),
    rules: importsOf([apps, ...libraryPatterns('')]),
  })),
  {
    files: pure,
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['node:*', 'nats', 'better-sqlite3', 'drizzle-orm*', 'uWebSockets.js'] },
      ],
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'fetch', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now' },
        { object: 'Math', property: 'random' },
      ],
    },
  },
);
