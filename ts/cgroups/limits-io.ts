// `linux.resources.blockIO` as files
import type {BlockIO, ThrottleDevice, WeightDevice} from '../oci/config.js';
import {nonZero, write, type LimitWrite} from './limit-write.js';

const device = ({major, minor}: {readonly major: number; readonly minor: number}): string => `${major}:${minor}`;

/** BFQ's 1 … 1000 as io.weight's 1 … 10000; 10, the least that config.json may have, is 1. */
export const ioWeight = (weight: number): number => 1 + Math.floor((weight - 10) * 9999 / 990);

/** Of the proportional schedulers, a kernel has the file of the one that it was built with. */
const weightsV1 = ({weight, leafWeight, weightDevice = []}: BlockIO): LimitWrite[] => [
	...write('blockIO.weight', 'blkio', 'blkio.weight', nonZero(weight))
		.map(each => ({...each, or: {file: 'blkio.bfq.weight', value: each.value}})),
	...write('blockIO.leafWeight', 'blkio', 'blkio.leaf_weight', nonZero(leafWeight)),
	...weightDevice.flatMap((each: WeightDevice, index) => [
		...(nonZero(each.weight) === undefined ? [] : write(`blockIO.weightDevice[${index}].weight`, 'blkio', 'blkio.weight_device', `${device(each)} ${each.weight!}`)
			.map(one => ({...one, or: {file: 'blkio.bfq.weight_device', value: one.value}}))),
		...(nonZero(each.leafWeight) === undefined ? [] : write(`blockIO.weightDevice[${index}].leafWeight`, 'blkio', 'blkio.leaf_weight_device', `${device(each)} ${each.leafWeight!}`)),
	]),
];

const throttles = [
	['throttleReadBpsDevice', 'blkio.throttle.read_bps_device', 'rbps'],
	['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device', 'wbps'],
	['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device', 'riops'],
	['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

const throttlesOf = (blockIO: BlockIO, each: (list: (typeof throttles)[number], one: ThrottleDevice, setting: string) => LimitWrite[]): LimitWrite[] =>
	throttles.flatMap(list => (blockIO[list[0]] ?? []).flatMap((one, index) => each(list, one, `blockIO.${list[0]}[${index}]`)));

export const blockIoV1 = (blockIO: BlockIO): LimitWrite[] => [
	...weightsV1(blockIO),
	...throttlesOf(blockIO, ([, file], one, setting) => write(setting, 'blkio', file, `${device(one)} ${one.rate}`)),
];

/** io.bfq.weight has BFQ's numbers, io.weight its own. */
const weightV2 = (setting: string, prefix: string, weight: number | undefined): LimitWrite[] =>
	nonZero(weight) === undefined ? [] : write(setting, 'io', 'io.bfq.weight', `${prefix}${weight!}`)
		.map(each => ({...each, or: {file: 'io.weight', value: `${prefix}${ioWeight(weight!)}`}}));

export const blockIoV2 = (blockIO: BlockIO): LimitWrite[] => [
	...weightV2('blockIO.weight', '', blockIO.weight),
	...(blockIO.weightDevice ?? []).flatMap((each, index) => weightV2(`blockIO.weightDevice[${index}].weight`, `${device(each)} `, each.weight)),
	// 0 takes the limit away in v1, `max` in v2
	...throttlesOf(blockIO, ([,, key], one, setting) => write(setting, 'io', 'io.max', `${device(one)} ${key}=${nonZero(one.rate) ?? 'max'}`)),
];
