// How a container leaves: for the disk, or for another host. What it takes along needs Node.
import type {CheckpointOptions, CheckpointResult} from '../checkpoint/dump.js';
import type {MigrateOptions, MigrateResult} from '../checkpoint/migrate.js';
import type {CheckpointEvent} from '../checkpoint/progress.js';
import type {SavedContainer} from '../state/record.js';
import type {Context} from './context.js';
import {deleteContainer} from './delete.js';
import type {Process} from './process.js';

export interface Leaving {
	readonly saved: SavedContainer;
	/** Undefined if it is gone. */
	readonly init: Process | undefined;
	readonly emit: (event: CheckpointEvent) => void;
}

/** Unless `leaveRunning`, nothing of the container is left when this resolves. */
export const checkpointContainer = async (context: Context, {saved, init, emit}: Leaving, options: CheckpointOptions): Promise<CheckpointResult> => {
	const {dumpContainer} = await import('../checkpoint/dump.js'); // Takes protobufjs along
	const result = await dumpContainer(context, saved, options, emit);
	if (!options.leaveRunning) {
		await init?.wait();
		await deleteContainer(context, saved, 'stopped', init, true);
	}

	return result;
};

export const migrateContainer = async (context: Context, leaving: Leaving, options: MigrateOptions): Promise<MigrateResult> => {
	const {saved, saved: {record: {id}}, emit} = leaving;
	const {migrateContainer: migrate} = await import('../checkpoint/migrate.js');
	const {preDumpContainer, requirePreDump} = await import('../checkpoint/pre-dump.js');
	return migrate(context.native, id, options, {
		emit,
		async requireTracking() {
			await requirePreDump(context, id);
		},
		preDump: async given => preDumpContainer(context, saved, given),
		checkpoint: async given => checkpointContainer(context, leaving, given),
	});
};
