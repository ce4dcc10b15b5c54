import test from 'ava';
import {isIP} from 'node:net';
import {parseCidr, parseIp, parseMac} from '../../ts/network/address.js';
import {checkNetworks, type Network, type Route} from '../../ts/network/networks.js';
import {planNetwork} from '../../ts/network/plan.js';
import type {ValidConfig} from '../../ts/oci/config.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('addresses of both families become bytes', t => {
	t.is(hex(parseIp('10.0.255.1', 'x')), '0a00ff01');
	t.is(hex(parseIp('::', 'x')), '0'.repeat(32));
	t.is(hex(parseIp('::1', 'x')), `${'0'.repeat(31)}1`);
	t.is(hex(parseIp('fd00::a:0b', 'x')), 'fd00000000000000000000000000000a000b'.slice(0, 4) + '0'.repeat(20) + '000a000b');
	t.is(hex(parseIp('1:2:3:4:5:6:7:8', 'x')), '00010002000300040005000600070008');
	t.is(hex(parseIp('::ffff:1.2.3.4', 'x')), '00000000000000000000ffff01020304');
});

test('what node:net takes for no address is none', t => {
	for (const text of ['', '1', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', ' 1.2.3.4', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', '::1.2.3', '1.2.3.4::', '1:2:3:4:5:6:7::8']) {
		t.is(isIP(text) !== 0 && text !== '1:2:3:4:5:6:7::8', false, text);
		t.throws(() => parseIp(text, 'gateway'), {code: 'ERR_ARGUMENT', message: /^gateway must be/}, text);
	}
});

test('a prefix has at most as many bits as the address', t => {
	t.deepEqual(parseCidr('10.0.0.2/24', 'x'), {address: new Uint8Array([10, 0, 0, 2]), prefix: 24});
	t.is(parseCidr('10.0.0.2', 'x').prefix, 32);
	t.is(parseCidr('::/0', 'x').prefix, 0);
	for (const text of ['10.0.0.2/', '10.0.0.2/33', '::/129', '10.0.0.2/-1', '10.0.0.2/1/2', '10.0.0.2/1.5']) {
		t.throws(() => parseCidr(text, 'x'), {code: 'ERR_ARGUMENT'}, text);
	}
});

test('a hardware address is that of one device', t => {
	t.is(hex(parseMac('02:42:AC:11:00:02', 'x')), '0242ac110002');
	for (const text of ['', '02:42:ac:11:00', '02-42-ac-11-00-02', '03:42:ac:11:00:02', 'ff:ff:ff:ff:ff:ff', '02:42:ac:11:00:0g']) {
		t.throws(() => parseMac(text, 'x'), {code: 'ERR_ARGUMENT'}, text);
	}
});

test('options that are wrong are refused by their name', t => {
	const wrong: ReadonlyArray<readonly [subject: string, networks: unknown, routes?: unknown]> = [
		['networks and routes', 'veth'],
		['networks[0]', [1]],
		['networks[0].type', [{type: 'macvlan'}]],
		['networks[1].name', [{type: 'loopback'}, {type: 'veth', name: 'a/b'}]],
		['networks[0].hostName', [{type: 'veth', hostName: 'x'.repeat(16)}]],
		['networks[0].mtu', [{type: 'veth', mtu: 10}]],
		['networks[0].hairpin', [{type: 'veth', hairpin: true}]],
		['networks[0].macAddress', [{type: 'veth', macAddress: 'x'}]],
		['networks[0].addresses[1]', [{type: 'veth', addresses: ['10.0.0.1/8', 'x']}]],
		['networks[0].gateways[0]', [{type: 'veth', gateways: ['10.0.0.1/8']}]],
		['networks[0].bridges', [{type: 'veth', bridges: 'x'}]],
		['routes[0]', [], [{destination: '10.0.0.0/8'}]],
		['routes[0]', [], [{destination: '10.0.0.0/8', gateway: '::1'}]],
		['routes[0].gateway', [], [{gateway: 'x'}]],
	];
	for (const [subject, networks, routes = []] of wrong) {
		const error = t.throws(() => {
			checkNetworks(networks as Network[], routes as Route[]);
		}, {code: 'ERR_ARGUMENT'}, subject);
		t.like(error, {subject});
	}
});

test('a plan moves devices, makes pairs and then routes', t => {
	let count = 0;
	const config = {linux: {netDevices: {eth1: {name: 'data'}, eth2: {}}}} as unknown as ValidConfig;
	const plan = planNetwork('web', config, [{type: 'loopback'}, {type: 'veth', bridge: 'br0', addresses: ['10.0.0.2/24'], gateways: ['10.0.0.1']}], [{destination: '0.0.0.0/0', device: 'data'}], () => `u${++count}`);
	t.false(plan.isEmpty);
	t.deepEqual(plan.links, [{name: 'ctnu1', alias: 'ctnative u2 web'}]);
	t.deepEqual(plan.ops('/ns').map(op => op.op), ['link_move', 'link_move', 'veth', 'address', 'link_up', 'route', 'route']);
	t.like(plan.ops('/ns').at(-1), {destination: undefined, prefix: 0, device: 'data'});
	t.true(planNetwork('web', {linux: {}} as ValidConfig, [{type: 'loopback'}], [], () => '').isEmpty);
});
