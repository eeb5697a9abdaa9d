// What the Node peers share: who is connected, and what goes to whom.
const { WebSocketServer } = require('ws');

function option(name, otherwise) {
  const at = process.argv.indexOf('--' + name);
  return at < 0 ? otherwise : process.argv[at + 1];
}

// `send` is called with each message and a function that pushes it to both members.
function serve(send) {
  const members = new Map();
  const push = (message) => {
    const text = JSON.stringify(message);
    for (const socket of members.get(message.sender) || []) socket.send(text);
    if (message.receiver !== message.sender) for (const socket of members.get(message.receiver) || []) socket.send(text);
  };
  const server = new WebSocketServer({ host: '127.0.0.1', port: +option('port'), perMessageDeflate: false, backlog: 4096 });
  server.on('connection', (socket, request) => {
    const user = +/(?:^|;\s*)user=(\d+)/.exec(request.headers.cookie || '')[1];
    if (!members.has(user)) members.set(user, new Set());
    members.get(user).add(socket);
    socket.on('message', (bytes) => {
      const said = JSON.parse(bytes);
      send({ id: 0, sender: user, receiver: +said.receiver, content: said.content, created: Date.now() / 1000 }, push);
    });
    socket.on('error', () => {});
    socket.on('close', () => members.get(user).delete(socket));
  });
}

module.exports = { option, serve };
