// Sizes as people read them.
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Such as `1.5 MiB`. */
export const sizeText = (bytes: number): string => {
	const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
	return step === 0 ? `${bytes} B` : `${(bytes / (1024 ** step)).toFixed(1)} ${units[step]!}`;
};
