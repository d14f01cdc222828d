import { afterAll, describe, expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';

const sandbox = new CliSandbox();
afterAll(() => sandbox.remove());

const BAD: [what: string, args: string[], message: RegExp][] = [
  ['an unknown probe', ['run', 'pip'], /There is no probe "pip"[\s\S]*Did you mean "pipe"\?/],
  ['no probe', ['run'], /No probe was named[\s\S]*run --all/],
  ['size 0', ['run', 'pipe', '--size', '0'], /size "0" is outside/],
  ['size 1 TiB', ['run', 'pipe', '--size', '1t'], /size "1t" is outside/],
  ['negative trials', ['run', 'pipe', '--trials', '-3'], /--trials "-3"/],
  ['an unknown placement', ['run', 'pipe', '--placement', 'moon'], /--placement has no value/],
  ['an unknown wait policy', ['run', 'pipe', '--wait', 'nap'], /Choose from block, spin/],
  ['a duration without a unit', ['run', 'pipe', '--duration', '5'], /not a duration/],
  ['a seed that is none', ['run', 'pipe', '--seed', 'x'], /--seed "x"/],
  ['an unknown pattern', ['run', 'pipe', '--pattern', 'shout'], /--pattern has no value/],
  ['a parameter without its pattern', ['run', 'pipe', '--rate', '5'], /belongs to --pattern load/],
  [
    'a pattern of others',
    ['run', 'pipe', '--pattern', 'connect'],
    /connect does not apply to pipe/,
  ],
  ['an option of others', ['run', 'pipe', '--calls', 'send-recv'], /calls does not apply to pipe/],
  ['too large a plan', ['run', 'pipe', 'tcp', '--trials', '9999'], /has \d+ trials; at most 20000/],
  ['an unknown plan', ['run', '--plan', 'papr'], /no plan "papr"[\s\S]*Did you mean "paper"\?/],
  ['a missing file', ['run', '--plan', 'x', '--config', 'no.json'], /no\.json can't be read/],
  ['a file without a plan', ['run', 'pipe', '--config', 'x.json'], /--plan/],
  ['an unwritable output', ['run', 'pipe', '--output', '/proc/x.json'], /Can't write to/],
  ['more threads than there may be', ['run', 'doors', '--threads', '300'], /from 1 to 256/],
  ['an unknown transport', ['reproduce', 'table1', '--rpc', 'smoke'], /--rpc/],
  ['advice on no run', ['plan-advice', '2030'], /No saved run begins with "2030"/],
  ['a precision that is none', ['plan-advice', '@latest', '--precision', '7'], /not a precision/],
  ['an unknown flag', ['run', 'pipe', '--nope'], /Nonexistent flag: --nope/],
  ['a group to compare', ['compare', 'sockets', 'pipe'], /stands for several probes/],
  ['a command to tune without --', ['tune', 'restore'], /Unexpected argument: restore[\s\S]*--/],
  ['processors that there are not', ['tune', '--dry-run', '--cpus', '70000'], /--cpus/],
  ['a histogram of nothing', ['show', '@latest', '--histogram'], /"@latest" isn't there/],
  ['one probe to compare', ['compare', 'pipe'], /nothing to compare it with/],
  ['a setting of a side that is none', ['compare', 'pipe:wiat=spin', 'tcp'], /no setting "wiat"/],
  ['a rule of a gate that is none', ['compare', 'pipe', 'tcp', '--fail-if', 'rtt'], /isn't a rule/],
  ['no such baseline', ['compare', 'pipe', '--baseline', 'none'], /no baseline "none"/],
  ['a result that is not there', ['results', 'show', '@latest'], /isn't there/],
  ['a merge of one', ['results', 'merge', '@latest'], /isn't there/],
  ['nothing to remove', ['results', 'rm', '20261121T'], /No saved run begins with/],
];

describe.each(BAD)('%s', (_, args, message) => {
  it('is a message, an object on stdout under --json, and exit code 2', async () => {
    const { code, stdout, stderr } = await sandbox.run(...args, '--json');
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout);
    expect([error.message, ...error.next_steps].join('\n')).toMatch(message);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

// Starting the program takes the time: what is one code for all is seen with some of them.
describe.each(BAD.filter((_, index) => index % 5 === 0))('%s', (_, args, message) => {
  it('leaves stdout empty without --json', async () => {
    const { code, stdout, stderr } = await sandbox.run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
