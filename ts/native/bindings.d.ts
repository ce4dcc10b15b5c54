declare module 'bindings' {
	/** Loads the first of the `try` paths that exists. */
	function bindings(options: {bindings: string; module_root: string; try: readonly (readonly string[])[]}): unknown;
	export = bindings;
}
