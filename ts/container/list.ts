// The states of many containers: several are looked at at once, as each look is a trip to the workers.
import {CtnError} from '../errors.js';
import {isContainerId} from '../oci/validate/index.js';
import {orEmpty} from '../state/record.js';
import {containerState, type ContainerState} from './container-state.js';
import type {Context} from './context.js';
import {computeStatuses} from './status.js';

const atOnce = 64;

const notOurs: readonly string[] = ['ERR_CONTAINER_NOT_FOUND', 'ERR_STATE_FOREIGN'];

const statesOf = async ({native, store}: Context, ids: readonly string[]): Promise<ContainerState[]> => {
	const found = await Promise.all(store.loadAll(ids).map(async (saved, index) => {
		try {
			return await orEmpty(ids[index]!, saved);
		} catch (error) {
			if (error instanceof CtnError && notOurs.includes(error.code)) {
				return undefined;
			}

			throw error;
		}
	}));
	const ours = found.filter(saved => saved !== undefined);
	const statuses = await Promise.all(computeStatuses(native, ours.map(({record}) => ({record, directory: store.directory(record.id)}))));
	return ours.map((saved, index) => containerState(saved, statuses[index]!));
};

/** In the order of their ids; without those that are deleted meanwhile, and what is of somebody else. */
export const listStates = async (context: Context): Promise<ContainerState[]> => {
	const ids = (await context.store.ids()).filter(id => isContainerId(id));
	const parts = Array.from({length: Math.ceil(ids.length / atOnce)}, (_, index) => ids.slice(index * atOnce, (index + 1) * atOnce));
	const states: ContainerState[] = [];
	for (const part of parts) {
		states.push(...await statesOf(context, part));
	}

	return states;
};
