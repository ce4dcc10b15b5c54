import test from 'ava';
import {stateOf} from '../../ts/oci/state.js';

const facts = {id: 'web', status: 'running', pid: 7, bundle: '/b', annotations: {a: 'b'}} as const;

test('a state has the keys of OCI in their order', t => {
	t.is(JSON.stringify(stateOf(facts)), '{"ociVersion":"1.3.0","id":"web","status":"running","pid":7,"bundle":"/b","annotations":{"a":"b"}}');
});

test('a stopped container has no pid, and one without annotations no annotations', t => {
	t.deepEqual(stateOf({...facts, status: 'stopped', annotations: {}}), {ociVersion: '1.3.0', id: 'web', status: 'stopped', bundle: '/b'});
	t.false('pid' in stateOf({...facts, status: 'creating', pid: 0}));
	t.false('annotations' in stateOf({...facts, annotations: undefined}));
});
