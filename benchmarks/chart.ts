// The results as a picture: how many times ours everybody else takes.
import type {TopLevelSpec} from 'vega-lite' with {'resolution-mode': 'import'};
import type {Reports} from './goals.js';
import {number} from './report.js';

/** What is shown, as question and result, each with its headline. */
const shown: ReadonlyArray<readonly [question: string, result: string, headline: string]> = [
	['lifecycle', 'back-to-back', 'create, start, wait, delete'],
	['lifecycle', 'seccomp', 'the same with seccomp'],
	['lifecycle', '8-at-a-time', '8 at a time'],
	['exec', 'exec/exit', 'exec in a running container'],
	['command', 'run', 'command line: run'],
	['downtime', 'full-256/downtime', 'downtime, 256 MiB'],
	['fanout', 'clones/last answer', '20 clones of a checkpoint'],
];

/** Pixels for the names, so that all bars begin below each other. */
const labelWidth = 180;

interface Bar {
	readonly contender: string;
	readonly times: number;
	readonly label: string;
}

interface Bars {
	readonly headline: string;
	readonly bars: readonly Bar[];
}

const barsOf = (reports: Reports): Bars[] => shown.flatMap(([question, id, headline]) => {
	const figures = reports[question]?.results.find(result => result.id === id)?.figures ?? [];
	const bars = figures.map(({name, median}): Bar => {
		const times = median / figures[0]!.median;
		return {contender: name, times, label: `${number(median)} ms${times === 1 ? '' : `, ${times.toFixed(1)} times ours`}`};
	});
	return bars.length > 0 ? [{headline, bars}] : [];
});

const specOf = (all: readonly Bars[]): TopLevelSpec => ({
	$schema: 'https://vega.github.io/schema/vega-lite/v6.json',
	background: 'white',
	padding: 12,
	title: {text: 'Time taken, in multiples of ctnative’s', subtitle: 'medians of one run; shorter is better', anchor: 'start', offset: 14},
	vconcat: all.map(({headline, bars}) => ({
		title: {text: headline, fontSize: 11, anchor: 'start' as const, frame: 'group' as const},
		width: 480,
		height: {step: 16},
		data: {values: bars as Bar[]},
		encoding: {
			y: {field: 'contender', type: 'nominal' as const, sort: null, axis: {title: null, minExtent: labelWidth, maxExtent: labelWidth, labelLimit: labelWidth}},
			x: {field: 'times', type: 'quantitative' as const, axis: null, scale: {domain: [0, 1.4 * Math.max(...all.flatMap(({bars}) => bars.map(({times}) => times)))]}},
		},
		layer: [
			{mark: 'bar' as const, encoding: {color: {condition: {test: 'indexof(datum.contender, "ctnative") === 0', value: '#1b7837'}, value: '#b0b7bf'}}},
			{mark: {type: 'text' as const, align: 'left' as const, dx: 4, fontSize: 10}, encoding: {text: {field: 'label'}}},
		],
	})),
	config: {view: {stroke: null}, font: 'sans-serif', concat: {spacing: 14}},
});

/** An SVG document, or undefined where nothing of what it shows was measured. */
export const chart = async (reports: Reports): Promise<string | undefined> => {
	const all = barsOf(reports);
	if (all.length === 0) {
		return undefined;
	}

	const [vega, vegaLite] = [await import('vega'), await import('vega-lite')]; // ES modules, both
	const view = new vega.View(vega.parse(vegaLite.compile(specOf(all)).spec), {renderer: 'none'});
	return view.toSVG();
};
