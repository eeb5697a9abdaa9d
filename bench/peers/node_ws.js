// Node, ws and better-sqlite3: an insert and a commit a message, encoded once. With --group, those that came in one turn of the loop
// share a transaction.
const Database = require('better-sqlite3');
const { serve, option } = require('./node_common.js');

const db = new Database(option('db'));
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`create table if not exists message(id integer primary key autoincrement, sender integer not null, receiver integer not null,
  content text not null, created real not null)`);
db.exec('create index if not exists message_pair on message(receiver, sender, id)');
const insert = db.prepare('insert into message(sender, receiver, content, created) values (?, ?, ?, ?)');
const isGrouped = process.argv.includes('--group');
let waiting = [];

function store(message) {
  message.id = insert.run(message.sender, message.receiver, message.content, message.created).lastInsertRowid;
}

function storeAll(push) {
  const batch = waiting;
  waiting = [];
  db.exec('begin');
  batch.forEach(store);
  db.exec('commit');
  batch.forEach(push);
}

serve((message, push) => {
  if (!isGrouped) {
    store(message);
    push(message);
  } else if (waiting.push(message) === 1) {
    setImmediate(storeAll, push);
  }
});
