// Images as records, in CRIU's own words: what `crit show` prints has the same names.
import {CtnError} from '../errors.js';
import {readImage, type Image} from './codec.js';
import type {Messages} from './images.gen.js';
import {decode} from './schema.js';

/** The message that an image of this kind is a list of. */
export const recordNames = {
	core: 'core_entry',
	fdinfo: 'fdinfo_entry',
	files: 'file_entry',
	fs: 'fs_entry',
	ids: 'task_kobj_ids_entry',
	inventory: 'inventory_entry',
	'memfd-inode': 'memfd_inode_entry',
	mm: 'mm_entry',
	mnts: 'mnt_entry',
	pstree: 'pstree_entry',
	stats: 'stats_entry',
	userns: 'userns_entry',
} as const;

export type RecordType = keyof typeof recordNames;
export type RecordOf<Type extends RecordType> = Messages[(typeof recordNames)[Type]];

/**
 * readImage() for an image that has to be of one kind.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is of another.
 */
export const readImageOf = (type: Image['type'], bytes: Uint8Array): Image => {
	const image = readImage(bytes);
	if (image.type !== type) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `this image is a ${image.type} and no ${type}`);
	}

	return image;
};

/**
 * The records of an image.
 *
 * 64-bit fields are bigints (2^64-1 is a limit that is not there), enumerations are names.
 *
 * @param type What the image has to be.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is not, or cannot be read.
 */
export const readRecords = <Type extends RecordType>(type: Type, bytes: Uint8Array): RecordOf<Type>[] =>
	readImageOf(type, bytes).entries.map(entry => decode(recordNames[type], entry) as RecordOf<Type>);

/**
 * The record of an image that has exactly one.
 *
 * @throws CtnError as readRecords() does, or if there are none or more.
 */
export const readRecord = <Type extends RecordType>(type: Type, bytes: Uint8Array): RecordOf<Type> => {
	const records = readRecords(type, bytes);
	if (records.length !== 1) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `the ${type} image has ${records.length} records instead of one`);
	}

	return records[0]!;
};
