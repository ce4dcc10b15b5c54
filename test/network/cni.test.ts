import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import type {CtnError} from '../../ts/errors.js';
import {linuxNative} from '../../ts/native/linux.js';
import {checkAttachments, checkCniOptions, checkNetwork, parseNetwork, type CniNetwork} from '../../ts/network/cni-config.js';
import {planCni, pluginCall, statusOf, withAddresses} from '../../ts/network/cni-plan.js';
import {CniNetworks, loadCni} from '../../ts/network/cni.js';
import type {ValidConfig} from '../../ts/oci/config.js';
import {tempDir, type Owner} from '../support/temp-dir.js';

const bridge = {type: 'bridge', capabilities: {mac: true}, ipam: {type: 'host-local'}, args: {site: 1}};
const portmap = {type: 'portmap', capabilities: {portMappings: true, bandwidth: false}};
const network: CniNetwork = {cniVersion: '1.0.0', name: 'blue', plugins: [bridge, portmap]};
const config = {linux: {namespaces: [{type: 'network'}]}} as unknown as ValidConfig;
const portMappings = [{hostPort: 8080, containerPort: 80, protocol: 'tcp'}];

test('a plugin is told its network, what the one before it made, and the capabilities that it has', t => {
	const record = planCni([network], {binDirs: ['/a', '/b'], args: {K: 'v'}, capabilities: {portMappings, bandwidth: {}}}, undefined);
	const [attachment] = record.attachments;
	const add = pluginCall('ADD', 'box', record, attachment!, bridge, '/ns', undefined);
	t.deepEqual(add.envp.slice(1), ['CNI_COMMAND=ADD', 'CNI_CONTAINERID=box', 'CNI_NETNS=/ns', 'CNI_IFNAME=eth0', 'CNI_PATH=/a:/b', 'CNI_ARGS=IgnoreUnknown=1;K=v']);
	t.deepEqual(add.config, {...bridge, name: 'blue', cniVersion: '1.0.0'});
	const result = {ips: [{address: '10.0.0.2/24'}]};
	t.deepEqual(pluginCall('DEL', 'box', record, attachment!, portmap, '', result).config, {...portmap, name: 'blue', cniVersion: '1.0.0', runtimeConfig: {portMappings}, prevResult: result});
});

test('addresses of before are asked for in each way that there is, and nothing else is taken from their file', t => {
	const status = {blue: {interfaces: {eth0: {subnets: [{ipnet: '10.0.0.2/24', gateway: '10.0.0.1'}, {ipnet: 'fd00::2/64'}], mac_address: '02:00:00:00:00:01'}}}, red: {plugins: [{type: 'evil'}]}};
	const record = withAddresses(planCni([network], {}, undefined), status);
	t.is(record.attachments.length, 1);
	const call = pluginCall('ADD', 'box', record, record.attachments[0]!, bridge, '/ns', undefined);
	t.is(call.envp.at(-1), 'CNI_ARGS=IgnoreUnknown=1;IP=10.0.0.2/24;MAC=02:00:00:00:00:01');
	const wanted = {ips: ['10.0.0.2/24', 'fd00::2/64'], mac: '02:00:00:00:00:01'};
	t.deepEqual(call.config, {...bridge, name: 'blue', cniVersion: '1.0.0', args: {site: 1, cni: wanted}, runtimeConfig: {mac: wanted.mac}});

	for (const device of [{subnets: [{ipnet: '10.0.0.2/24;K8S=1'}]}, {mac_address: 'x;IP=1'}, {subnets: [{}]}]) {
		t.throws(() => withAddresses(record, {blue: {interfaces: {eth0: device}}}), {code: 'ERR_ARGUMENT', message: /^network\.status/});
	}

	for (const none of [undefined, null, 1, {}, {blue: null}, {blue: {interfaces: []}}]) {
		t.is(withAddresses(record, none).attachments[0]!.addresses, undefined);
	}
});

test('results become what podman keeps of them', t => {
	const [attachment] = planCni([network], {}, undefined).attachments;
	t.deepEqual(statusOf([{...attachment!, result: {
		interfaces: [{name: 'br0', mac: '02:00:00:00:00:09'}, {name: 'eth0', mac: '02:00:00:00:00:01', sandbox: '/ns'}],
		ips: [{address: '10.0.0.2/24', gateway: '10.0.0.1', interface: 1}, {address: '10.9.0.2/24', interface: 0}],
		dns: {nameservers: ['10.0.0.53'], search: ['a.example'], domain: 'example'},
	}}, {...attachment!, network: {...network, name: 'red'}}]), {blue: {interfaces: {eth0: {subnets: [{ipnet: '10.0.0.2/24', gateway: '10.0.0.1'}], mac_address: '02:00:00:00:00:01'}}, dns_server_ips: ['10.0.0.53'], dns_search_domains: ['a.example']}});
});

test('what is wrong is refused by its name', t => {
	const wrong: ReadonlyArray<readonly [subject: string, value: unknown]> = [
		['cni', 1], ['cni.network', {network: []}], ['cni.networks', {networks: 'x'}], ['cni.confDir', {confDir: 'etc'}],
		['cni.binDirs', {binDirs: ['/a:/b']}], ['cni.args.K', {args: {K: 'v;IP=1'}}], ['cni.args.K;X', {args: {'K;X': 'v'}}],
		['cni.capabilities', {capabilities: []}], ['cni.newAddresses', {newAddresses: 1}], ['cni.timeoutMs', {timeoutMs: 0}], ['cni.timeoutMs', {timeoutMs: '1'}],
	];
	for (const [subject, value] of wrong) {
		t.is((t.throws(() => checkCniOptions(value as never), {code: 'ERR_ARGUMENT'}) as CtnError).subject, subject);
	}

	const badNetworks: ReadonlyArray<readonly [subject: string, value: unknown]> = [
		['n', []], ['n.cniVersion', {...network, cniVersion: '2.0.0'}], ['n.cniVersion', {name: 'x', plugins: []}],
		['n.name', {...network, name: '../x'}], ['n.plugins', {...network, plugins: []}], ['n.plugins[0]', {...network, plugins: [1]}],
		['n.plugins[0].type', {...network, plugins: [{type: '../../bin/sh'}]}], ['n.plugins[0].type', {...network, plugins: [{type: '.hidden'}]}],
		['n.plugins[1].ipam.type', {...network, plugins: [bridge, {type: 'bridge', ipam: {type: '/bin/sh'}}]}],
	];
	for (const [subject, value] of badNetworks) {
		t.is((t.throws(() => checkNetwork(value, 'n'), {code: 'ERR_ARGUMENT'}) as CtnError).subject, subject);
	}

	t.throws(() => parseNetwork('{', '/x'), {code: 'ERR_ARGUMENT', message: /^\/x is not JSON/});
	t.throws(() => checkAttachments('box', [network, network]), {message: /blue twice/});
	t.throws(() => checkAttachments('_box', [network]), {code: 'ERR_ARGUMENT', message: /^id must be/});
	t.deepEqual(checkNetwork({cniVersion: '0.4.0', name: 'one', type: 'ptp', mtu: 1}, 'n'), {cniVersion: '0.4.0', name: 'one', plugins: [{type: 'ptp', mtu: 1} as never]});
});

test('networks come from objects, files, and a directory by their names', async t => {
	const directory = tempDir(t);
	writeFileSync(`${directory}/20-red.conflist`, JSON.stringify({...network, name: 'red'}));
	writeFileSync(`${directory}/10-blue.conf`, JSON.stringify({cniVersion: '1.0.0', name: 'blue', type: 'ptp'}));
	writeFileSync(`${directory}/README`, 'no');
	const native = linuxNative();
	const names = async (options: object): Promise<string[]> => (await loadCni(native, 'box', options, config)).attachments.map(({network: {name}, ifName}) => `${name} ${ifName}`);
	t.deepEqual(await names({confDir: directory}), ['blue eth0']);
	t.deepEqual(await names({confDir: directory, networks: ['red', {...network, name: 'green'}]}), ['red eth0', 'green eth1']);
	t.deepEqual(await names({networks: [`${directory}/20-red.conflist`]}), ['red eth0']);
	await t.throwsAsync(names({confDir: directory, networks: ['grey']}), {code: 'ERR_ARGUMENT', message: /there is no network grey/});
	await t.throwsAsync(loadCni(native, 'box', {}, {linux: {}} as ValidConfig), {code: 'ERR_ARGUMENT', message: /needs a network namespace/});
});

/** Plugins that write down what they are told, and say what they are to. */
const plugins = (owner: Owner, scripts: Readonly<Record<string, string>>): {log: () => string[]; networks: CniNetworks} => {
	const directory = tempDir(owner);
	for (const [name, script] of Object.entries(scripts)) {
		writeFileSync(`${directory}/${name}`, `#!/bin/sh\nin=$(cat); echo "${name} $CNI_COMMAND $CNI_NETNS $in" >>${directory}/log\n${script}\n`, {mode: 0o755});
	}

	const native = linuxNative();
	const list = {cniVersion: '1.0.0', name: 'fake', plugins: Object.keys(scripts).map(type => ({type}))};
	return {
		log: () => readFileSync(`${directory}/log`, 'utf8').trim().split('\n'),
		networks: new CniNetworks(native, 'box', directory, planCni([list], {binDirs: [directory]}, '/proc/self/ns/net')),
	};
};

test('plugins are added in order, each with the result of the one before, and deleted in reverse with the last', async t => {
	const {networks, log} = plugins(t, {one: 'echo \'{"n":1}\'', two: 'echo \'{"n":2}\''});
	await networks.attach(process.pid);
	await networks.detach();
	const head = '"name":"fake","cniVersion":"1.0.0"';
	t.deepEqual(log(), [
		`one ADD /proc/self/ns/net {"type":"one",${head}}`,
		`two ADD /proc/self/ns/net {"type":"two",${head},"prevResult":{"n":1}}`,
		`two DEL /proc/self/ns/net {"type":"two",${head},"prevResult":{"n":2}}`,
		`one DEL /proc/self/ns/net {"type":"one",${head},"prevResult":{"n":2}}`,
	]);
});

test('a plugin that fails is quoted with its code, and all others are deleted all the same', async t => {
	const said = '{"code":11,"msg":"no room","details":"requested IP is gone"}';
	const {networks, log} = plugins(t, {one: 'echo {}', two: `echo noise >&2; echo '${said}'; exit 1`});
	const error = await t.throwsAsync(networks.attach(process.pid), {code: 'ERR_CNI'}) as CtnError;
	t.regex(error.message, /^the CNI plugin two of network fake failed at ADD: no room: requested IP is gone \(code 11\) \(.*newAddresses/);
	t.is(error.subject, 'two');
	t.deepEqual(error.log, ['noise']);
	await t.throwsAsync(networks.detach(), {message: /two of network fake failed at DEL/});
	t.deepEqual(log().map(line => line.split(' ').slice(0, 2).join(' ')), ['one ADD', 'two ADD', 'two DEL', 'one DEL']);
});

test('a plugin that is not there, is killed, or says nothing sensible is an error that tells so', async t => {
	const cases = [['echo {', 'it printed no result'], ['exit 0', 'it printed no result'], ['kill -9 $$', 'exit code null, signal 9'], ['exit 7', 'exit code 7']] as const;
	for (const [script, message] of cases) {
		await t.throwsAsync(plugins(t, {one: script}).networks.attach(process.pid), {code: 'ERR_CNI', message: new RegExp(message)}, script);
	}

	const missing = new CniNetworks(linuxNative(), 'box', tempDir(t), planCni([network], {binDirs: ['/nowhere']}, '/proc/self/ns/net'));
	await t.throwsAsync(missing.attach(process.pid), {code: 'ERR_CNI', message: /failed to find plugin in \/nowhere: ENOENT \(install Debian's package/});
});
