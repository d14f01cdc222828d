// Servers of Node's own library: node_servers.mjs serve|visit NAME PORT
import { createHash } from 'node:crypto';
import { Agent, createServer as createHttp, request } from 'node:http';
import { connect, createServer as createTcp } from 'node:net';

const [what, name, portText] = process.argv.slice(2);
const port = Number(portText);
const large = Buffer.from(Array.from({ length: 1000003 }, (_, i) => (i * 7) % 251));
const sum = (data) => createHash('sha256').update(data).digest('hex').slice(0, 12);

async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function serveHttp() {
  createHttp(async (incoming, answer) => {
    if (incoming.method === 'POST') answer.end(sum(await all(incoming)));
    else answer.end(incoming.url === '/large' ? large : 'small');
  }).listen(port, '127.0.0.1');
}

function serveEcho() {
  createTcp({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  }).listen(port, '127.0.0.1');
}

function ask(agent, method, path, body) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent, method, path }, (answer) =>
      all(answer).then(resolve, reject),
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

async function visitHttp() {
  const agent = new Agent({ keepAlive: true, maxSockets: 5 });
  const answers = [];
  for (let i = 0; i < 20; i++) {
    const round = [
      ask(agent, 'GET', '/small'),
      ask(agent, 'GET', '/large'),
      ask(agent, 'POST', '/', large),
    ];
    answers.push(...(await Promise.all(round)).map(sum));
  }
  agent.destroy();
  return sum(answers.join());
}

async function visitFetch() {
  const answers = [];
  for (let i = 0; i < 30; i++) {
    const got = await fetch(`http://127.0.0.1:${port}/large`);
    answers.push(sum(Buffer.from(await got.arrayBuffer())));
  }
  return sum(answers.join());
}

async function visitEcho() {
  const one = async (number) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const back = all(socket);
    for (let i = 0; i < 50; i++) {
      if (!socket.write(large.subarray(number * 1000, number * 1000 + 1 + i * 400)))
        await new Promise((resolve) => socket.once('drain', resolve));
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    socket.end(large);
    return sum(await back);
  };
  return sum((await Promise.all(Array.from({ length: 20 }, (_, i) => one(i)))).join());
}

if (what === 'serve') (name === 'net' ? serveEcho : serveHttp)();
else console.log(await { http: visitHttp, net: visitEcho, fetch: visitFetch }[name]());
