// A program makes many containers of few configs. What was decided for one is kept as bytes, and the next is
// made of them by putting in its words: its id, the time, and what it takes from the pool.
import {planCgroup} from '../cgroups/plan.js';
import type {LaunchFacts, LaunchShape} from '../launch/launch.js';
import {hasNamespace} from '../launch/namespaces.js';
import {decodeUtf8, encodeUtf8} from '../linux/utf8.js';
import type {EncodedSpawn, Fd} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {parseJson, toJson} from '../oci/json.js';
import {encodeBatch, encodePlan} from '../plan/encode.js';
import {fill, templateOf, type Template, type Word} from '../plan/template.js';
import type {StateRecord} from '../state/record.js';
import type {StateStore} from '../state/store.js';
import type {CreateRequest} from './create.js';
import {removalOps} from './delete.js';
import {cgroupOps, createdOps, draftOf, saveOps, type Draft} from './draft.js';
import type {Machine} from './machine.js';
import {renamed, withoutMade, type Taken} from './pool.js';
import {Repeated} from './repeated.js';
import {isAlone} from './surroundings.js';

/** All that spawns a container. */
export interface Prepared {
	readonly shape: LaunchShape;
	readonly encoded: EncodedSpawn;
	readonly record: StateRecord;
	/** What removes it when it has ended. */
	readonly removal: () => Uint8Array;
	/** The same, for whoever wants to know what is in there. */
	readonly draft: () => Draft;
}

interface Recipe {
	readonly shape: LaunchShape;
	readonly template: Template;
	readonly removal: Template;
}

/** Nobody but create and init has a say in it, and nothing has to be looked up for it. */
const isPlain = ({config, networks = [], routes = [], cni, kept, notifySocket, noPivot}: CreateRequest, machine: Machine): boolean =>
	machine.uid === 0 && !machine.nested && networks.length + routes.length + kept.fds.length === 0 && cni === undefined && notifySocket === undefined
	&& !noPivot && config.linux.intelRdt === undefined && hasNamespace(config, 'mount') && isAlone(config);

/** The draft of a plain request, whose words may be stand-ins. */
const draftWith = (store: StateStore, request: CreateRequest, machine: Machine, {cgroup}: Taken, [id, created, path, network]: readonly Word[]): Draft => {
	const {config} = request;
	const named = {...request, id: id as string};
	const pooled = cgroup && renamed(cgroup, `/${path as string}`);
	const facts: Partial<LaunchFacts> = network === undefined ? {} : {networkNamespace: network as Fd};
	const plan = planCgroup(machine.cgroups, named.id, pooled?.path ?? config.linux.cgroupsPath, config.linux.resources);
	return draftOf(store, named, machine, withoutMade(plan, pooled), facts, {created: created as string});
};

const encodeDraft = (store: StateStore, request: CreateRequest, machine: Machine, draft: Draft): Uint8Array[] => {
	const named = {...request, id: draft.record.id};
	return [
		encodeBatch([...saveOps(store, named, draft.record), ...cgroupOps(draft), ...draft.launch.descriptors]),
		encodePlan(draft.launch.steps),
		encodeBatch(createdOps(store, named, machine, draft.record)),
		encodeUtf8(toJson(draft.record)),
	];
};

/** It is kept as long as the container: nothing else that is known here is. */
const removalOf = (template: Template, words: readonly Word[]) => (): Uint8Array => fill(template, words)[0]!;

export class Recipes {
	readonly #store: StateStore;
	/** By config, and by length of the id, stdio and the like. False: it cannot be had. */
	readonly #known = new Repeated<ValidConfig, Recipe | false>();

	constructor(store: StateStore) {
		this.#store = store;
	}

	/** At the first time there is none: a config of which one container is made is not worth it. */
	prepare(request: CreateRequest, machine: Machine, taken: Taken): Prepared | undefined {
		const {id, bundle, config, stdio: {nulls}, runs, noNewKeyring, recalled} = request;
		const {network, cgroup} = taken;
		const key = [id.length, nulls.mask, nulls.ifNull, runs, noNewKeyring, recalled !== undefined, network !== undefined, cgroup?.path.length, bundle].join(' ');
		const words: Word[] = [id, new Date().toISOString(), cgroup?.path.slice(1) ?? '', ...(network === undefined ? [] : [network])];
		const recipe = this.#known.get(config, key, () => isPlain(request, machine) && this.#make(request, machine, taken, words));
		if (!recipe) {
			return undefined;
		}

		const {shape, removal} = recipe;
		return {shape, ...this.#fill(recipe, words), removal: removalOf(removal, words), draft: () => draftWith(this.#store, request, machine, taken, words)};
	}

	#fill({template}: Recipe, words: readonly Word[]): Pick<Prepared, 'encoded' | 'record'> {
		const [before, plan, after, record] = fill(template, words) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
		return {encoded: {before, plan, after}, record: parseJson(decodeUtf8(record), 'state.json') as StateRecord};
	}

	#make(request: CreateRequest, machine: Machine, taken: Taken, words: readonly Word[]): Recipe | false {
		let draft: Draft | undefined;
		const template = templateOf(words, standIns => {
			draft = draftWith(this.#store, request, machine, taken, standIns);
			return encodeDraft(this.#store, request, machine, draft);
		});
		const removal = templateOf(words, standIns => [encodeBatch(removalOps(this.#store, draftWith(this.#store, request, machine, taken, standIns).record))]);
		return template === undefined || removal === undefined || draft === undefined || draft.plan.warnings.length > 0 ? false : {shape: draft.launch, template, removal};
	}
}
