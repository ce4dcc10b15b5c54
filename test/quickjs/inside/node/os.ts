// node:os
import {signals} from '../../../../ts/linux/signals.js';
import {readFileSync} from './fs.js';

export const tmpdir = (): string => '/tmp';
export const release = (): string => readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
export const availableParallelism = (): number => readFileSync('/proc/cpuinfo', 'utf8').split('\n').filter(line => line.startsWith('processor')).length;
export const constants = {signals};
