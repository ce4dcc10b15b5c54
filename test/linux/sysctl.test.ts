import test from 'ava';
import {namespaces} from '../../ts/linux/namespaces.js';
import {sysctlPath} from '../../ts/linux/sysctl.js';

test('the first separator of a name decides what the other one stands for', t => {
	t.is(sysctlPath('net.ipv4.ip_forward'), 'net/ipv4/ip_forward');
	t.is(sysctlPath('net/ipv4/ip_forward'), 'net/ipv4/ip_forward');
	t.is(sysctlPath('net.ipv4.conf.eno2/100.rp_filter'), 'net/ipv4/conf/eno2.100/rp_filter');
	t.is(sysctlPath('net/ipv4/conf/eno2.100/rp_filter'), 'net/ipv4/conf/eno2.100/rp_filter');
	t.is(sysctlPath('kernel'), 'kernel');
});

test('a name that leads elsewhere has no path', t => {
	for (const name of ['', '.', '..', '/', '/etc/passwd', '../x', 'net/../x', 'net.//.x', 'net..x', 'net.', '.net', 'net/./x', 'a./.b']) {
		t.is(sysctlPath(name), undefined, name);
	}
});

test('every namespace has a flag of its own', t => {
	const flags = Object.values(namespaces).map(({flag}) => flag);
	t.is(new Set(flags).size, 8);
	t.is(flags.reduce((sum, flag) => sum | flag, 0n), 0x7e02_0080n);
});
