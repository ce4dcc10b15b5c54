import test from 'ava';
import {parseJson} from '../../ts/oci/json.js';

const parse = (text: string) => parseJson(text, 'config.json');

test('an integer that a number cannot hold is a bigint', t => {
	t.deepEqual(parse('{"hard": 18446744073709551615, "soft": 1024}'), {hard: 18_446_744_073_709_551_615n, soft: 1024});
	t.deepEqual(parse('[-9223372036854775808,9007199254740993]'), [-9_223_372_036_854_775_808n, 9_007_199_254_740_993n]);
});

test('a long integer is found wherever it stands', t => {
	for (let before = 0; before < 40; before++) {
		for (const after of ['', '   ']) {
			t.is((parse(`${' '.repeat(before)}[9007199254740993${after}]`) as bigint[])[0], 9_007_199_254_740_993n, `${before} characters before it`);
		}
	}
});

test('every other number is as JSON.parse has it', t => {
	for (const text of ['9007199254740991', '1234567890123456', '1.23456789012345678901', '12345678901234567890.5', '1234567890123456789e3', '1e-1234567890123456']) {
		t.is(parse(`[${text}]`) && (parse(`[${text}]`) as number[])[0], Number(text), text);
	}
});

test('digits in strings stay what they are', t => {
	const value = {'18446744073709551615': '18446744073709551615', quoted: '\\"18446744073709551615', bigint: '1'};
	t.deepEqual(parse(JSON.stringify({...value, n: [0]}).replace('[0]', '18446744073709551615')), {...value, n: 18_446_744_073_709_551_615n});
});

test('a text that is not JSON is ERR_CONFIG_INVALID with the name of the document', t => {
	for (const text of ['', '{', '{"a": 018446744073709551615}', '{a: 1}', '[1,]', '-18446744073709551615-']) {
		t.throws(() => parse(text), {code: 'ERR_CONFIG_INVALID', message: /^config\.json is not JSON: /}, text);
	}
});
