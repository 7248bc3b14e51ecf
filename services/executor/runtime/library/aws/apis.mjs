// The APIs of AWS that functions can call: the name of the package in AWS's SDK for Go, by which functions and rules
// know an API (spec section 12), and its name in the npm package aws-sdk, which has the models.
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const names = {
  acm: 'acm',
  apigateway: 'apigateway',
  appsync: 'appsync',
  athena: 'athena',
  autoscaling: 'autoscaling',
  batch: 'batch',
  bedrockruntime: 'bedrockruntime',
  cloudformation: 'cloudformation',
  cloudfront: 'cloudfront',
  cloudtrail: 'cloudtrail',
  cloudwatch: 'cloudwatch',
  cloudwatchevents: 'cloudwatchevents',
  cloudwatchlogs: 'cloudwatchlogs',
  codebuild: 'codebuild',
  codepipeline: 'codepipeline',
  cognitoidentity: 'cognitoidentity',
  cognitoidentityprovider: 'cognitoidentityserviceprovider',
  comprehend: 'comprehend',
  comprehendmedical: 'comprehendmedical',
  costexplorer: 'costexplorer',
  dynamodb: 'dynamodb',
  dynamodbstreams: 'dynamodbstreams',
  ec2: 'ec2',
  ecr: 'ecr',
  ecs: 'ecs',
  eks: 'eks',
  elasticache: 'elasticache',
  elastictranscoder: 'elastictranscoder',
  eventbridge: 'eventbridge',
  firehose: 'firehose',
  glacier: 'glacier',
  glue: 'glue',
  iam: 'iam',
  iot: 'iot',
  iotdataplane: 'iotdata',
  kinesis: 'kinesis',
  kms: 'kms',
  lambda: 'lambda',
  lexruntimeservice: 'lexruntime',
  lexruntimev2: 'lexruntimev2',
  machinelearning: 'machinelearning',
  mediaconvert: 'mediaconvert',
  mobileanalytics: 'mobileanalytics',
  personalizeevents: 'personalizeevents',
  personalizeruntime: 'personalizeruntime',
  pinpoint: 'pinpoint',
  polly: 'polly',
  rds: 'rds',
  rdsdataservice: 'rdsdataservice',
  redshift: 'redshift',
  redshiftdataapiservice: 'redshiftdata',
  rekognition: 'rekognition',
  route53: 'route53',
  s3: 's3',
  sagemakerruntime: 'sagemakerruntime',
  secretsmanager: 'secretsmanager',
  ses: 'ses',
  sesv2: 'sesv2',
  sfn: 'stepfunctions',
  sns: 'sns',
  sqs: 'sqs',
  ssm: 'ssm',
  sts: 'sts',
  textract: 'textract',
  transcribeservice: 'transcribeservice',
  translate: 'translate',
  xray: 'xray',
};

// Other names that people may use for an API.
export const aliases = {
  cognitoidp: 'cognitoidentityprovider',
  cognitoidentityserviceprovider: 'cognitoidentityprovider',
  email: 'ses',
  events: 'eventbridge',
  iotdata: 'iotdataplane',
  lexruntime: 'lexruntimeservice',
  logs: 'cloudwatchlogs',
  monitoring: 'cloudwatch',
  rdsdata: 'rdsdataservice',
  redshiftdata: 'redshiftdataapiservice',
  states: 'sfn',
  stepfunctions: 'sfn',
  transcribe: 'transcribeservice',
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../..');
const folder = path.join(root, 'node_modules/aws-sdk/apis');
const metadata = JSON.parse(readFileSync(path.join(folder, 'metadata.json'), 'utf8'));

// Of the models' newest versions the file's path.
function modelFile(id) {
  const prefix = `${metadata[id].prefix ?? id}-`;
  const isModel = (file) => file.startsWith(prefix) && /^\d{4}-\d\d-\d\d\.min\.json$/.test(file.slice(prefix.length));
  const files = readdirSync(folder).filter(isModel).sort();
  if (files.length === 0) throw new Error(`aws-sdk has no model of ${id}`);
  return path.join(folder, files.at(-1));
}

// All of them. `xmlNoDefaultLists`: a list that is not in an answer is not there, rather than empty.
export const apis = Object.entries(names).map(
    ([name, id]) => ({name, file: modelFile(id), xmlNoDefaultLists: Boolean(metadata[id].xmlNoDefaultLists)}));
