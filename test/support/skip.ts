import test, {type ImplementationFn, type SerialFn, type TestFn} from 'ava';

/** What `test` is for a test file. */
export type Declare = (title: string, implementation: ImplementationFn<[]>) => void;

/**
 * `test`, or where there is a reason not to run it, a test that is skipped and has the reason in its
 * title: a report must tell what was not tried, and why.
 */
export const testUnless = (reason: string | undefined, declare: TestFn | SerialFn = test): Declare => (title, implementation) => {
	if (reason === undefined) {
		declare(title, implementation);
	} else {
		test.skip(`${title} [skipped: ${reason}]`, implementation);
	}
};
