// The life of a container by commands, and the words in which runc refuses.
import type {Step, StepsCase} from '../steps.js';

const create: Step = ['create --bundle $BUNDLE $ID'];
const started: readonly Step[] = [create, ['start $ID']];

const states: StepsCase[] = [
	{title: 'create makes a container that is created', steps: [create, ['state $ID', {json: {status: 'created'}}]]},
	{title: 'start makes it running', steps: [...started, ['state $ID', {json: {status: 'running'}}]]},
	{title: 'pause makes it paused, resume running', steps: [...started, ['pause $ID'], ['state $ID', {json: {status: 'paused'}}], ['resume $ID'], ['state $ID', {json: {status: 'running'}}]]},
	{title: 'kill KILL and delete --force end it', steps: [...started, ['kill $ID KILL'], ['delete --force $ID'], ['state $ID', {code: 1}]]},
	{title: 'a created container can be deleted', steps: [create, ['delete $ID'], ['state $ID', {code: 1}]]},
	{title: 'a running one only with force', steps: [...started, ['delete $ID', {code: 1, stderr: /cannot delete container .* that is not stopped: running/}], ['delete --force $ID']], differs: {crun: 'other words'}},
	{title: 'a paused one can be deleted with force', steps: [...started, ['pause $ID'], ['delete --force $ID'], ['state $ID', {code: 1}]]},
	{title: 'run -d returns while it runs', steps: [['run -d --bundle $BUNDLE $ID', {stdout: ''}], ['state $ID', {json: {status: 'running'}}]]},
	{title: 'run in the foreground deletes it at its end', bundle: {args: ['true']}, steps: [['run --bundle $BUNDLE $ID'], ['state $ID', {code: 1}]]},
	{title: 'the id of a deleted container is free', steps: [create, ['delete $ID'], create]},
];

const state: StepsCase[] = [
	['the version of the specification', /"ociVersion": "1\./], ['the id', /"id": "conf-/], ['a pid', /"pid": \d+/], ['the bundle', /"bundle": "\//],
	['the root', /"rootfs": "\//], ['the time of its creation in UTC', /"created": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"/], ['an owner', /"owner": /], ['two spaces for each level', /^\{\n {2}"ociVersion"/], ['no newline at its end', /\}$/],
].map(([what, regexp]) => ({title: `state has ${what as string}`, steps: [create, ['state $ID', {stdout: regexp as RegExp}]], ...(what === 'no newline at its end' && {differs: {crun: 'ends with one'}}), ...(what === 'the version of the specification' || what === 'two spaces for each level' ? {differs: {crun: 'its own order and version'}} : {})}) as StepsCase);

const refusals: StepsCase[] = [
	...['state', 'start', 'pause', 'resume', 'delete', 'ps', 'events --stats'].map((verb): StepsCase =>
		({title: `${verb} of an unknown container says that it does not exist`, steps: [[`${verb} nobody`, {code: 1, stderr: /does not exist/}]], differs: {crun: 'tells of the file that it did not find'}})),
	{title: 'kill of an unknown container says so, too', steps: [['kill nobody KILL', {code: 1, stderr: /does not exist/}]], differs: {crun: 'tells of the file that it did not find'}},
	{title: 'exec in an unknown container is 255', steps: [['exec nobody true', {code: 255, stderr: /does not exist/}]], differs: {crun: 'exits with 1'}},
	{title: 'delete --force of an unknown container is no failure', steps: [['delete --force nobody', {stdout: ''}]]},
	{title: 'an id that exists is refused', steps: [create, ['create --bundle $BUNDLE $ID', {code: 1, stderr: /container with given ID already exists/}], ['state $ID', {json: {status: 'created'}}]], differs: {crun: 'other words'}},
	...['/', 'a/b', 'a~b', 'ä', '..', '.'].map((id): StepsCase => ({title: `the id ${id} is not valid`, steps: [[`create --bundle $BUNDLE ${id}`, {code: 1, stderr: /invalid container ID format/}]], differs: {crun: 'takes it, or refuses it in other words'}})),
	{title: 'start of a running container is refused', steps: [...started, ['start $ID', {code: 1, stderr: /cannot start an already running container/}]], differs: {crun: 'other words'}},
	{title: 'resume of a running container is refused', steps: [...started, ['resume $ID', {code: 1, stderr: /container not paused/}]], differs: {crun: 'is no failure'}},
	{title: 'exec in a paused container is refused', steps: [...started, ['pause $ID'], ['exec $ID true', {code: 255, stderr: /cannot exec in a paused container/}], ['resume $ID']], differs: {crun: 'other words'}},
	{title: 'a signal that nobody knows is refused', steps: [...started, ['kill $ID NOPE', {code: 1, stderr: /unknown signal/i}]], differs: {crun: 'is no failure'}},
	{title: 'a bundle without config.json is refused', steps: [['create --bundle /var $ID', {code: 1, stderr: /JSON specification file config\.json not found/}]], differs: {crun: 'other words'}},
	{title: 'a bundle that is not there is refused by its path', steps: [['create --bundle /no/where $ID', {code: 1, stderr: /chdir \/no\/where: no such file or directory/}]], differs: {crun: 'other words'}},
	{title: 'spec for a bundle that is not there, too', steps: [['spec --bundle /no/where', {code: 1, stderr: /chdir \/no\/where: no such file or directory/}]], differs: {crun: 'other words'}},
	{title: 'exec says that it was exec that failed', steps: [['exec nobody true', {code: 255, stderr: /exec failed: container does not exist/}]], differs: {crun: 'other words'}},
	{title: 'a config.json that is no JSON is refused', bundle: {edit: () => '{'}, steps: [['create --bundle $BUNDLE $ID', {code: 1}], ['state $ID', {code: 1}]]},
	{title: 'a program that is missing is refused by create', bundle: {args: ['no-such-program']}, steps: [['create --bundle $BUNDLE $ID', {code: 1, stderr: /executable file.*not found in \$PATH/}], ['state $ID', {code: 1}]]},
	{title: 'a program whose path is missing, too', bundle: {args: ['/no/such']}, steps: [['create --bundle $BUNDLE $ID', {code: 1, stderr: /no such file or directory/}]], differs: {crun: 'other words'}},
	{title: 'a program that may not be executed, too', bundle: {args: ['/etc/passwd']}, steps: [['create --bundle $BUNDLE $ID', {code: 1, stderr: /permission denied/}]], differs: {crun: 'other words'}},
	{title: 'a directory is no program', bundle: {args: ['/etc']}, steps: [['create --bundle $BUNDLE $ID', {code: 1, stderr: /permission denied|is a directory/}]], differs: {crun: 'other words'}},
	{title: 'run of a program that is missing leaves nothing', bundle: {args: ['no-such-program']}, steps: [['run --bundle $BUNDLE $ID', {code: 1, stderr: /executable file/}], ['list -q', {stdout: ''}]]},
	{title: 'a terminal needs a console socket where nobody stays', bundle: {edit: config => {
		config.process.terminal = true;
	}}, steps: [['create --bundle $BUNDLE $ID', {code: 1, stderr: /cannot allocate tty if runc will detach without setting console socket/}]], differs: {crun: 'other words'}},
	{title: 'a console socket needs a terminal', steps: [['create --console-socket /tmp/none --bundle $BUNDLE $ID', {code: 1, stderr: /cannot use console socket if runc will not detach or allocate tty/}]], differs: {crun: 'other words'}},
	{title: 'no verb of this name', steps: [['no-such-verb', {code: undefined}]]},
	{title: 'create without an id', steps: [['create', {code: 1}]], differs: {crun: 'its parser has a code of its own'}},
	{title: 'create with two ids', steps: [['create --bundle $BUNDLE a b', {code: 1}]], differs: {crun: 'its parser has a code of its own'}},
	{title: 'a flag that nobody knows', steps: [['create --no-such-flag $ID', {code: 1, stdout: /Incorrect Usage/, stderr: /flag provided but not defined: -no-such-flag/}]], differs: {crun: 'its own parser'}},
	{title: 'a flag without its value', steps: [['restore --lsm-mount-context', {code: 1, stderr: /flag needs an argument/}]], differs: {crun: 'its own parser', runc: 'Debian\'s 1.1.5 says so, on standard output alone'}},
];

const execs: StepsCase[] = [
	...[0, 1, 7, 255].map((code): StepsCase => ({title: `exec comes back with exit code ${code}`, steps: [...started, [`exec $ID sh -c exit~${code}`, {code, ...(code !== 0 && {stderr: /^/})}]]})),
	{title: 'exec prints what the program prints', steps: [...started, ['exec $ID echo hello', {stdout: 'hello\n'}]]},
	{title: 'exec passes its input on', steps: [...started, ['exec $ID cat', {stdout: 'typed'}, {input: 'typed'}]]},
	{title: 'exec --cwd', steps: [...started, ['exec --cwd /usr/bin $ID pwd', {stdout: '/usr/bin\n'}]]},
	{title: 'exec --env', steps: [...started, ['exec --env A=1 --env B=2 $ID sh -c echo~$A~$B', {stdout: '1 2\n'}]], differs: {crun: 'does not keep the PATH of the container'}},
	{title: 'exec --user', steps: [...started, ['exec --user 1000:1001 $ID id', {stdout: /^uid=1000.* gid=1001/}]]},
	{title: 'exec --user without a group', steps: [...started, ['exec -u 1000 $ID id -u', {stdout: '1000\n'}]]},
	{title: 'exec --additional-gids', steps: [...started, ['exec -g 5 -g 1234 $ID id -G', {stdout: /5 1234\n$/}]], differs: {crun: 'has no such flag'}},
	{title: 'exec --cap', steps: [...started, ['exec --cap CAP_CHOWN $ID grep CapBnd /proc/self/status', {stdout: /\t\w{15}1\n/}]]},
	{title: 'exec with flags of the program', steps: [...started, ['exec $ID echo -e --env x', {stdout: '--env x\n'}]]},
	{title: 'exec of a program that is missing is 255, with runc\'s words', steps: [...started, ['exec $ID no-such', {code: 255, stderr: /executable file.*not found in \$PATH/}]], differs: {crun: 'exits with 1'}},
	{title: 'exec in a stopped container is refused', bundle: {args: ['true']}, steps: [...started, ['exec $ID true', {code: 255}]], differs: {crun: 'exits with 1'}},
	{title: 'exec --pid-file', steps: [...started, ['exec --detach --pid-file $DIR/pid $ID sleep 100'], ['exec $ID true']]},
	{title: 'exec in a created container', steps: [create, ['exec $ID true']], differs: {crun: 'refuses it'}},
];

const rest: StepsCase[] = [
	...[['15', 'TERM'], ['9', 'KILL']].flatMap(([number, name]) => [number!, name!, `SIG${name!}`, name!.toLowerCase()]).map((signal): StepsCase =>
		({title: `kill takes ${signal}`, steps: [...started, [`kill $ID ${signal}`]], ...(signal === signal.toLowerCase() && !/\d/.test(signal) && {differs: {crun: 'wants capitals'}})})),
	{title: 'kill --all', steps: [...started, ['kill --all $ID KILL']]},
	{title: 'list is a table', steps: [create, ['list', {stdout: /^ID {10,}PID {9,}STATUS {6,}BUNDLE {6,}CREATED {5,}OWNER\nconf-\S+ +\d+ +created +\//}]], differs: {crun: 'its own columns'}},
	{title: 'list --quiet has ids alone', steps: [create, ['list --quiet', {stdout: /^conf-\S+\n$/}]]},
	{title: 'list --format json', steps: [create, ['list --format json', {stdout: /^\[\{"ociVersion":.*\}\]\n?$/}]], differs: {crun: 'other fields'}},
	{title: 'ps --format json has pids', steps: [...started, ['ps --format json $ID', {stdout: /^\[\d+\]\n?$/}]], differs: {crun: 'on lines of their own'}},
	{title: 'ps is a table of the machine', steps: [...started, ['ps $ID', {stdout: /^UID.*PID.*\n.*sleep 1000\n/}]], differs: {crun: 'pids alone'}},
	{title: 'ps passes options on', steps: [...started, ['ps $ID -o pid,comm', {stdout: /PID COMMAND\n *\d+ sleep\n/}]], differs: {crun: 'has none'}},
	{title: 'events --stats is a line of JSON', steps: [...started, ['events --stats $ID', {json: {type: 'stats'}}]], differs: {crun: 'has no events'}},
	{title: 'update --pids-limit', steps: [...started, ['update --pids-limit 77 $ID'], ['events --stats $ID', {stdout: /"limit":77/}]], differs: {crun: 'has no events'}},
	{title: 'update --memory with a unit', steps: [...started, ['update --memory 64m $ID'], ['events --stats $ID', {stdout: /"limit":67108864/}]], differs: {crun: 'has no events'}},
	{title: 'update --resources -', steps: [...started, ['update --resources - $ID', {}, {input: '{"memory":{"limit":67108864,"reservation":0,"swap":0,"kernel":0},"cpu":{"shares":0},"pids":{"limit":50},"blockIO":{"weight":0}}'}], ['events --stats $ID', {stdout: /"limit":50/}]], differs: {crun: 'has no events'}},
	{title: '--version', steps: [['--version', {stdout: /^\S+ version \S+\n/}], ['-v', {stdout: /^\S+ version \S+\n(?:.*\n)*spec: \d/}]]},
	{title: '--help', steps: [['--help', {stdout: /checkpoint/}], ['checkpoint --help', {stdout: /image-path/}]], differs: {crun: 'Debian builds it without CRIU'}},
	{title: 'flags with one dash, with = and without', steps: [['create -bundle=$BUNDLE $ID'], ['delete -force=true $ID']], differs: {crun: 'GNU flags'}},
	{title: 'a flag may be given twice', steps: [['create --bundle /nowhere --bundle $BUNDLE $ID']]},
	{title: 'a log format that nobody knows', steps: [['--log-format xml list', {code: undefined, stderr: /./}]]},
	{title: 'nothing but an empty XDG_RUNTIME_DIR in the environment', steps: [['create --bundle $BUNDLE $ID', {}, {env: {XDG_RUNTIME_DIR: ''}}], ['start $ID', {}, {env: {XDG_RUNTIME_DIR: ''}}], ['state $ID', {json: {status: 'running'}}, {env: {}}], ['delete --force $ID', {}, {env: {}}]]},
];

export const lifecycleCases: readonly StepsCase[] = [...states, ...state, ...refusals, ...execs, ...rest];
