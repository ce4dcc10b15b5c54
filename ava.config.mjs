// The tests of real engines have a command of their own, `npm run test:clients`: they need packages that nothing else needs.
// CI runs them with all others, for one summary: CTNATIVE_CLIENTS=all.
const clients = 'dist/test/clients/*.test.js';
const all = 'dist/test/**/*.test.js';
const files = {undefined: [all, `!${clients}`], all: [all]}[process.env.CTNATIVE_CLIENTS] ?? [clients];

export default {files, timeout: '2m', concurrency: 2, workerThreads: false};
