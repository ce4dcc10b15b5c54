// The states of many containers: several are asked for at once, as each is some trips to the workers.
import {CtnError} from '../errors.js';
import type {Container, ContainerState} from './container.js';

const atOnce = 16;

const notOurs: readonly string[] = ['ERR_CONTAINER_NOT_FOUND', 'ERR_CONTAINER_ID', 'ERR_STATE_FOREIGN'];

/** In the order of their ids; without those that are deleted meanwhile, and what is of somebody else. */
export const listStates = async (ids: readonly string[], load: (id: string) => Promise<Container>): Promise<ContainerState[]> => {
	const stateOf = async (id: string): Promise<ContainerState | undefined> => {
		try {
			const container = await load(id);
			return await container.state();
		} catch (error) {
			if (error instanceof CtnError && notOurs.includes(error.code)) {
				return undefined;
			}

			throw error;
		}
	};

	const states: Array<ContainerState | undefined> = [];
	await Promise.all(Array.from({length: atOnce}, async (_, lane) => {
		for (let index = lane; index < ids.length; index += atOnce) {
			states[index] = await stateOf(ids[index]!);
		}
	}));
	return states.filter(state => state !== undefined);
};
