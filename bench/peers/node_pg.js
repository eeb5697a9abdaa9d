// Node, ws and pg: an insert and a commit a message on PostgreSQL, over a few connections. With --group, those that came while a
// transaction ran share the next one.
const { Pool } = require('pg');
const { serve, option } = require('./node_common.js');

const pool = new Pool({ host: option('host'), user: option('user'), database: option('database'), max: +option('pool', 8) });
const ONE = {
  name: 'send',
  text: 'insert into message(sender, receiver, content, created) values ($1, $2, $3, $4) returning id',
};
const MANY = {
  name: 'send-many',
  text: `insert into message(sender, receiver, content, created)
    select * from unnest($1::int[], $2::int[], $3::text[], $4::float8[]) returning id`,
};
const isGrouped = process.argv.includes('--group');
let waiting = [], isBusy = false;

async function store(message, push) {
  const stored = await pool.query({ ...ONE, values: [message.sender, message.receiver, message.content, message.created] });
  message.id = +stored.rows[0].id;
  push(message);
}

async function storeAll(push) {
  isBusy = true;
  while (waiting.length) {
    const batch = waiting;
    waiting = [];
    const columns = ['sender', 'receiver', 'content', 'created'].map((name) => batch.map((message) => message[name]));
    const stored = await pool.query({ ...MANY, values: columns });
    batch.forEach((message, at) => { message.id = +stored.rows[at].id; push(message); });
  }
  isBusy = false;
}

function begin() {
  serve((message, push) => {
    if (!isGrouped) store(message, push);
    else if (waiting.push(message) && !isBusy) storeAll(push);
  });
}

pool.query(`create table if not exists message(id bigserial primary key, sender integer not null, receiver integer not null,
  content text not null, created double precision not null)`)
  .then(() => pool.query('create index if not exists message_pair on message(receiver, sender, id)'))
  .then(begin);
