// The tests of real engines have a command of their own, `npm run test:clients`: they need packages that nothing else needs.
const files = process.env.CTNATIVE_CLIENTS ? ['dist/test/clients/*.test.js'] : ['dist/test/**/*.test.js', '!dist/test/clients/**'];

export default {files, timeout: '2m', concurrency: 2, workerThreads: false};
