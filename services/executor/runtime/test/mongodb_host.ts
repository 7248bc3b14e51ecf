// A server of MongoDB that says what the test tells it, behind the channel of services.
import {BSON} from 'bson';
import {FunctionHost, type ServiceAnswer, type ServiceCall} from './function_host.ts';

export interface Sent {
  action: string;
  database: string;
  collection: string;
  // As it was sent: numbers and all are values of BSON's types.
  command: any;
}
export type Reply = Record<string, unknown>;

// A reply, or a failure of the whole command.
export type Answerer = (sent: Sent) => Reply | {failure: ServiceAnswer};

export function cursorOf(documents: unknown[], id: unknown = 0): Reply {
  return {ok: 1, cursor: {id: BSON.Long.fromValue(id as number), ns: 'shop.orders', firstBatch: documents}};
}

export class MongoHost {
  readonly sent: Sent[] = [];
  readonly host: FunctionHost;

  constructor(answerer: Answerer | Reply = {ok: 1}) {
    const answer = async (call: ServiceCall): Promise<ServiceAnswer> => {
      const command = BSON.deserialize(call.body!, {promoteValues: false, bsonRegExp: true});
      const sent = {action: call.action, ...call.argument, command};
      this.sent.push(sent);
      const reply = typeof answerer === 'function' ? answerer(sent) : answerer;
      return 'failure' in reply ? reply.failure as ServiceAnswer : {value: {}, body: BSON.serialize(reply)};
    };
    this.host = new FunctionHost({services: {'mongodb-atlas': 'mongodb-atlas'}, answer});
  }

  // A function's body, in which `orders` is a collection.
  async run(body: string): Promise<any> {
    const open = `const client = context.services.get('mongodb-atlas');
      const orders = client.db('shop').collection('orders');`;
    return this.host.run(`exports = async () => { ${open} ${body} };`);
  }
  // What the one command is, as relaxed Extended JSON.
  command(index: number = 0): any {
    return JSON.parse(BSON.EJSON.stringify(this.sent[index]!.command, {relaxed: true}));
  }
  exact(index: number = 0): any {
    return JSON.parse(BSON.EJSON.stringify(this.sent[index]!.command, {relaxed: false}));
  }
}
