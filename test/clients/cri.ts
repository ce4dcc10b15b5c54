// The CRI as a kubelet speaks it: calls of gRPC to containerd's socket.
import {credentials, loadPackageDefinition, type Client, type GrpcObject, type ServiceClientConstructor, type ServiceError} from '@grpc/grpc-js';
import {loadSync} from '@grpc/proto-loader';
import {projectPath} from '../support/paths.js';

export interface PodStatus {
	readonly status: {readonly state: string; readonly runtime_handler: string; readonly network: {readonly ip: string} | null};
	readonly info: Readonly<Record<string, string>>;
}

export interface ContainerStatus {
	readonly status: {readonly state: string; readonly exit_code: number; readonly reason: string; readonly message: string};
	readonly info: Readonly<Record<string, string>>;
}

export interface Ran {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

export interface Stats {
	readonly attributes: {readonly id: string};
	readonly cpu: {readonly usage_core_nano_seconds: {readonly value: string}};
	readonly memory: {readonly working_set_bytes: {readonly value: string}};
}

type Call = (request: object, options: {deadline: number}, done: (error: ServiceError | null, answer: unknown) => void) => void;

const runtimeService = (socket: string): Client & Readonly<Record<string, Call>> => {
	const schema = loadPackageDefinition(loadSync(projectPath('test/clients/cri.proto'), {keepCase: true, longs: String, enums: String, defaults: true}));
	const {RuntimeService} = (schema['runtime'] as GrpcObject)['v1'] as Record<string, ServiceClientConstructor>;
	return new RuntimeService!(`unix://${socket}`, credentials.createInsecure()) as Client & Record<string, Call>;
};

export class Cri {
	readonly #service;

	constructor(socket: string) {
		this.#service = runtimeService(socket);
	}

	/** @param method As the CRI calls it. */
	async call<Answer = object>(method: string, request: object = {}): Promise<Answer> {
		return new Promise((resolve, reject) => {
			this.#service[method]!.call(this.#service, request, {deadline: Date.now() + 60_000}, (error, answer) => {
				if (error) {
					reject(error);
				} else {
					resolve(answer as Answer);
				}
			});
		});
	}

	async exec(container_id: string, ...cmd: string[]): Promise<Ran> {
		const {stdout, stderr, exit_code: code} = await this.call<{stdout: Buffer; stderr: Buffer; exit_code: number}>('ExecSync', {container_id, cmd, timeout: 30});
		return {code, out: stdout.toString(), err: stderr.toString()};
	}

	async podStatus(pod_sandbox_id: string): Promise<PodStatus> {
		return this.call('PodSandboxStatus', {pod_sandbox_id, verbose: true});
	}

	async containerStatus(container_id: string): Promise<ContainerStatus> {
		return this.call('ContainerStatus', {container_id, verbose: true});
	}

	close(): void {
		this.#service.close();
	}
}
