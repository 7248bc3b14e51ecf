#include "services/config/report/runtime_verdicts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

constexpr auto kDiffers = Verdict::Kind::kDiffers;
constexpr auto kDoesNotRun = Verdict::Kind::kDoesNotRun;

constexpr std::string_view kNotInExport = "it is undefined: an export does not hold it";
constexpr std::string_view kNoFiles = "functions have no files: require() throws; keep data in a value or in a service";
constexpr std::string_view kNoSockets =
    "functions have no sockets of their own: require() throws; use context.http, fetch or an HTTP service";
constexpr std::string_view kNoProcesses =
    "functions cannot start processes or threads: require() throws; let another server do it and call it by HTTP";
constexpr std::string_view kNoInternals = "functions cannot reach into the engine: require() throws; leave it out";
constexpr std::string_view kNoSharedMemory = "there are no threads to share it with: use plain objects";

constexpr VerdictRow kContextMembers[] = {
    {"services"},        {"functions"},   {"values"}, {"http"}, {"request"},
    {"runningAsSystem"}, {"environment"}, {"app"},    {"user"},
};

constexpr VerdictRow kHttpActions[] = {{"get"}, {"post"}, {"put"}, {"patch"}, {"delete"}, {"head"}};

constexpr VerdictRow kUserMembers[] = {
    {"id"},
    {"type"},
    {"data"},
    {"identities"},
    {"custom_data", kDiffers, "it is read anew for each request, where fetch_custom_user_data is on; else it is {}"},
};

constexpr VerdictRow kRequestMembers[] = {
    {"remoteIPAddress"}, {"requestHeaders"}, {"webhookUrl"}, {"httpMethod"}, {"rawQueryString"},
    {"httpReferrer"},    {"httpUserAgent"},  {"service"},    {"action"},
};

constexpr VerdictRow kAppMembers[] = {
    {"id", kDiffers, "it is the client app id: an export does not hold the server's own"},
    {"clientAppId"},
    {"name"},
    {"projectId", kDoesNotRun, kNotInExport},
    {"deployment", kDiffers, "it tells what the export says, not where Overlock runs"},
    {"lastDeployed", kDoesNotRun, kNotInExport},
    {"hostingUri", kDoesNotRun, "it is undefined: no files are served here"},
};

constexpr VerdictRow kEnvironmentMembers[] = {{"tag"}, {"values"}};

constexpr VerdictRow kDatabaseMembers[] = {{"collection"}, {"getCollectionNames"}, {"name"}};

constexpr VerdictRow kCollectionMembers[] = {
    {"find"},
    {"findOne"},
    {"findOneAndUpdate"},
    {"findOneAndReplace"},
    {"findOneAndDelete"},
    {"count"},
    {"countDocuments"},
    {"estimatedDocumentCount"},
    {"insertOne"},
    {"insertMany"},
    {"updateOne"},
    {"updateMany"},
    {"replaceOne"},
    {"deleteOne"},
    {"deleteMany"},
    {"aggregate"},
    {"distinct"},
    {"bulkWrite"},
    {"name"},
    {"watch", kDoesNotRun,
     "functions never had change streams: watch the collection from a program of your own that calls a webhook"},
};

constexpr VerdictRow kBsonMembers[] = {
    {"ObjectId"}, {"ObjectID"}, {"Binary"}, {"BSONRegExp"}, {"BSONSymbol"}, {"Code"},      {"DBRef"}, {"Decimal128"},
    {"Double"},   {"Int32"},    {"Long"},   {"MaxKey"},     {"MinKey"},     {"Timestamp"}, {"UUID"},
};

constexpr VerdictRow kEjsonMembers[] = {
    {"parse"},
    {"stringify", kDiffers, "integers below 2^31 become $numberInt, as in 2020, and not $numberLong, as from 2022 on"},
};

constexpr VerdictRow kUtilsMembers[] = {{"crypto"}, {"jwt"}};

constexpr VerdictRow kUtilsCryptoMembers[] = {{"encrypt"}, {"decrypt"}, {"sign"}, {"verify"}, {"hmac"}, {"hash"}};

constexpr VerdictRow kUtilsJwtMembers[] = {
    {"encode"},
    {"decode", kDiffers,
     "exp and nbf are checked, and the key decides which methods can verify: see docs/compatibility.md"},
};

constexpr std::string_view kNoEvents = "no event of the process ever comes to a function";
constexpr std::string_view kThrows = "functions have no process of their own: it throws; return or throw instead";

constexpr VerdictRow kProcessMembers[] = {
    {"env", kDiffers, "it is empty: use context.values or context.environment.values"},
    {"version", kDiffers, "it is 'v10.18.1', as in Stitch, though the language is that of V8 10.2"},
    {"versions", kDiffers, "it is {node: '10.18.1'}"},
    {"exit", kDoesNotRun, kThrows},
    {"abort", kDoesNotRun, kThrows},
    {"kill", kDoesNotRun, kThrows},
    {"chdir", kDoesNotRun, kThrows},
    {"binding", kDoesNotRun, kThrows},
    {"on", kDiffers, kNoEvents},
    {"once", kDiffers, kNoEvents},
    {"addListener", kDiffers, kNoEvents},
    {"memoryUsage", kDiffers, "all its numbers are 0"},
    {"title"},
    {"arch"},
    {"platform"},
    {"argv"},
    {"execArgv"},
    {"exitCode"},
    {"pid"},
    {"ppid"},
    {"browser"},
    {"release"},
    {"stdout"},
    {"stderr"},
    {"config"},
    {"cwd"},
    {"umask"},
    {"emitWarning"},
    {"hrtime"},
    {"uptime"},
    {"nextTick"},
    {"off"},
    {"emit"},
    {"removeListener"},
    {"removeAllListeners"},
    {"listeners"},
    {"listenerCount"},
    {"setMaxListeners"},
};

constexpr std::string_view kNoModule =
    "it is not defined: ask for it with typeof first, as sources that are Node modules too do";
constexpr std::string_view kNoBrowser = "it is a browser's, and not defined here: leave it out";
constexpr std::string_view kNoStreams = "it is not defined: bodies are read and sent as a whole";

constexpr VerdictRow kGlobals[] = {
    {"Atomics", kDoesNotRun, kNoSharedMemory},
    {"SharedArrayBuffer", kDoesNotRun, kNoSharedMemory},
    {"WebAssembly", kDoesNotRun, "machine code of one's own cannot run in functions: use a version in JavaScript"},
    {"FinalizationRegistry", kDoesNotRun, "no function runs when memory is freed: release things when you are done"},
    {"__dirname", kDoesNotRun, "it is not defined: functions have no files"},
    {"__filename", kDoesNotRun, "it is not defined: functions have no files"},
    {"module", kDoesNotRun, kNoModule},
    {"window", kDoesNotRun, kNoBrowser},
    {"localStorage", kDoesNotRun, kNoBrowser},
    {"sessionStorage", kDoesNotRun, kNoBrowser},
    {"XMLHttpRequest", kDoesNotRun, "it is not defined: use context.http or fetch"},
    {"WebSocket", kDoesNotRun, "it is not defined: functions have no sockets of their own"},
    {"Worker", kDoesNotRun, "it is not defined: functions cannot start threads"},
    {"ReadableStream", kDoesNotRun, kNoStreams},
    {"WritableStream", kDoesNotRun, kNoStreams},
    {"TransformStream", kDoesNotRun, kNoStreams},
    {"fetch", kDiffers, "it is here, as Stitch's was not; bodies are read and sent as a whole"},
    {"Buffer"},
    {"HTTPResponse"},
    {"URL"},
    {"URLSearchParams"},
    {"TextEncoder"},
    {"TextDecoder"},
    {"AbortController"},
    {"AbortSignal"},
    {"Blob"},
    {"DOMException"},
    {"Event"},
    {"EventTarget"},
    {"File"},
    {"FormData"},
    {"Headers"},
    {"Request"},
    {"Response"},
    {"atob"},
    {"btoa"},
    {"structuredClone"},
    {"queueMicrotask"},
};

constexpr VerdictRow kModules[] = {
    {"assert"},
    {"assert/strict"},
    {"buffer"},
    {"events"},
    {"path"},
    {"path/posix"},
    {"punycode"},
    {"querystring"},
    {"stream"},
    {"stream/promises"},
    {"string_decoder"},
    {"sys"},
    {"timers"},
    {"timers/promises"},
    {"url"},
    {"util"},
    {"util/types"},
    {"crypto", kDiffers, "no key pairs are made, keys have no pass phrase, and N * r * p of scrypt is at most 262,144"},
    {"http", kDiffers, "clients only; a request is sent when it ends, and agents have no effect"},
    {"https", kDiffers, "clients only; a request is sent when it ends, and agents have no effect"},
    {"os", kDiffers, "it tells nothing of the machine: no processors, no memory, no network"},
    {"perf_hooks", kDiffers, "it has performance only"},
    {"process", kDiffers, "it has an empty env and no exit"},
    {"tty", kDiffers, "it has isatty only, which is false"},
    {"zlib", kDiffers, "without Brotli"},
    {"async_hooks", kDoesNotRun, kNoInternals},
    {"child_process", kDoesNotRun, kNoProcesses},
    {"cluster", kDoesNotRun, kNoProcesses},
    {"dgram", kDoesNotRun, kNoSockets},
    {"diagnostics_channel", kDoesNotRun, kNoInternals},
    {"dns", kDoesNotRun, kNoSockets},
    {"domain", kDoesNotRun, kNoInternals},
    {"fs", kDoesNotRun, kNoFiles},
    {"fs/promises", kDoesNotRun, kNoFiles},
    {"http2", kDoesNotRun, kNoSockets},
    {"inspector", kDoesNotRun, kNoInternals},
    {"module", kDoesNotRun, kNoInternals},
    {"net", kDoesNotRun, kNoSockets},
    {"readline", kDoesNotRun, kNoFiles},
    {"repl", kDoesNotRun, kNoInternals},
    {"tls", kDoesNotRun, kNoSockets},
    {"trace_events", kDoesNotRun, kNoInternals},
    {"v8", kDoesNotRun, kNoInternals},
    {"vm", kDoesNotRun, kNoInternals},
    {"wasi", kDoesNotRun, kNoInternals},
    {"worker_threads", kDoesNotRun, kNoProcesses},
};

constexpr std::string_view kNoServer = "functions cannot listen: it throws; make a webhook instead";
constexpr std::string_view kNoKeyPairs = "it throws: make keys elsewhere and keep them as secrets";

// `module.member`
constexpr VerdictRow kModuleMembers[] = {
    {"http.createServer", kDoesNotRun, kNoServer},
    {"https.createServer", kDoesNotRun, kNoServer},
    {"crypto.generateKeyPair", kDoesNotRun, kNoKeyPairs},
    {"crypto.generateKeyPairSync", kDoesNotRun, kNoKeyPairs},
    {"zlib.brotliCompress", kDoesNotRun, "there is no Brotli here: use gzip"},
    {"zlib.brotliCompressSync", kDoesNotRun, "there is no Brotli here: use gzip"},
    {"zlib.brotliDecompress", kDoesNotRun, "there is no Brotli here: use gzip"},
    {"zlib.brotliDecompressSync", kDoesNotRun, "there is no Brotli here: use gzip"},
};

constexpr VerdictRow kTwilioActions[] = {{"send"}};
constexpr VerdictRow kGcmActions[] = {
    {"send", kDiffers,
     "Google switched the legacy protocol off in 2024: --executor_gcm_url must name a server that speaks it; userIds "
     "are "
     "refused"},
};
constexpr VerdictRow kS3Actions[] = {{"put"}, {"signPolicy"}};
constexpr VerdictRow kSesActions[] = {{"send"}};
constexpr VerdictRow kMongoDbActions[] = {{"db"}, {"database"}, {"admin"}, {"startSession"}};

constexpr std::string_view kAwsApis[] = {"acm",
                                         "apigateway",
                                         "appsync",
                                         "athena",
                                         "autoscaling",
                                         "batch",
                                         "bedrockruntime",
                                         "cloudformation",
                                         "cloudfront",
                                         "cloudtrail",
                                         "cloudwatch",
                                         "cloudwatchevents",
                                         "cloudwatchlogs",
                                         "codebuild",
                                         "codepipeline",
                                         "cognitoidentity",
                                         "cognitoidentityprovider",
                                         "comprehend",
                                         "comprehendmedical",
                                         "costexplorer",
                                         "dynamodb",
                                         "dynamodbstreams",
                                         "ec2",
                                         "ecr",
                                         "ecs",
                                         "eks",
                                         "elasticache",
                                         "elastictranscoder",
                                         "eventbridge",
                                         "firehose",
                                         "glacier",
                                         "glue",
                                         "iam",
                                         "iot",
                                         "iotdataplane",
                                         "kinesis",
                                         "kms",
                                         "lambda",
                                         "lexruntimeservice",
                                         "lexruntimev2",
                                         "machinelearning",
                                         "mediaconvert",
                                         "mobileanalytics",
                                         "personalizeevents",
                                         "personalizeruntime",
                                         "pinpoint",
                                         "polly",
                                         "rds",
                                         "rdsdataservice",
                                         "redshift",
                                         "redshiftdataapiservice",
                                         "rekognition",
                                         "route53",
                                         "s3",
                                         "sagemakerruntime",
                                         "secretsmanager",
                                         "ses",
                                         "sesv2",
                                         "sfn",
                                         "sns",
                                         "sqs",
                                         "ssm",
                                         "sts",
                                         "textract",
                                         "transcribeservice",
                                         "translate",
                                         "xray"};
constexpr std::pair<std::string_view, std::string_view> kAwsApiAliases[] = {
    {"cognitoidp", "cognitoidentityprovider"},
    {"cognitoidentityserviceprovider", "cognitoidentityprovider"},
    {"email", "ses"},
    {"events", "eventbridge"},
    {"iotdata", "iotdataplane"},
    {"lexruntime", "lexruntimeservice"},
    {"logs", "cloudwatchlogs"},
    {"monitoring", "cloudwatch"},
    {"rdsdata", "rdsdataservice"},
    {"redshiftdata", "redshiftdataapiservice"},
    {"states", "sfn"},
    {"stepfunctions", "sfn"},
    {"transcribe", "transcribeservice"},
};

// Actions that are streams of events.
constexpr std::string_view kAwsStreams[] = {
    "bedrockruntime:ConverseStream", "bedrockruntime:InvokeModelWithResponseStream",
    "cloudwatchlogs:StartLiveTail",  "lambda:InvokeWithResponseStream",
    "s3:SelectObjectContent",        "sagemakerruntime:InvokeEndpointWithResponseStream"};

// As rules name the API; empty if there is none.
std::string_view AwsApiOf(std::string_view spelling) {
  std::string wanted;
  for (char c : spelling) {
    if (c != '-' && c != '_' && c != '.') wanted.push_back(absl::ascii_tolower(c));
  }
  for (const auto& [alias, name] : kAwsApiAliases) {
    if (alias == wanted) return name;
  }
  auto it = std::find(std::begin(kAwsApis), std::end(kAwsApis), wanted);
  return it == std::end(kAwsApis) ? std::string_view() : *it;
}

// Null for types that have no actions, or not in this form.
std::span<const VerdictRow> ActionsOf(std::string_view type) {
  if (type == "http") return kHttpActions;
  if (type == "twilio") return kTwilioActions;
  if (type == "gcm") return kGcmActions;
  if (type == "aws-s3") return kS3Actions;
  if (type == "aws-ses") return kSesActions;
  if (type == "mongodb" || type == "mongodb-atlas" || type == "datalake") return kMongoDbActions;
  return {};
}

}  // namespace

std::span<const VerdictRow> MembersOf(RuntimeObject object) {
  switch (object) {
    case RuntimeObject::kContext:
      return kContextMembers;
    case RuntimeObject::kHttp:
      return kHttpActions;
    case RuntimeObject::kUser:
      return kUserMembers;
    case RuntimeObject::kRequest:
      return kRequestMembers;
    case RuntimeObject::kApp:
      return kAppMembers;
    case RuntimeObject::kEnvironment:
      return kEnvironmentMembers;
    case RuntimeObject::kDatabase:
      return kDatabaseMembers;
    case RuntimeObject::kCollection:
      return kCollectionMembers;
    case RuntimeObject::kBson:
      return kBsonMembers;
    case RuntimeObject::kEjson:
      return kEjsonMembers;
    case RuntimeObject::kUtils:
      return kUtilsMembers;
    case RuntimeObject::kUtilsCrypto:
      return kUtilsCryptoMembers;
    case RuntimeObject::kUtilsJwt:
      return kUtilsJwtMembers;
    case RuntimeObject::kProcess:
      return kProcessMembers;
    case RuntimeObject::kGlobal:
      return kGlobals;
  }
  return {};
}

std::optional<Verdict> VerdictOfModule(std::string_view name) { return FindVerdict(kModules, name); }

std::span<const VerdictRow> Modules() { return kModules; }

std::optional<Verdict> VerdictOfModuleMember(std::string_view module, std::string_view member) {
  return FindVerdict(kModuleMembers, absl::StrCat(module, ".", member));
}

Verdict VerdictOfAction(std::string_view service_type, std::string_view action) {
  std::span<const VerdictRow> rows = ActionsOf(service_type);
  if (auto verdict = FindVerdict(rows, action)) return *std::move(verdict);
  if (rows.empty()) {
    return DoesNotRun(absl::StrCat("services of type '", service_type, "' have no actions: it is undefined"));
  }
  std::string names;
  for (const VerdictRow& row : rows) absl::StrAppend(&names, names.empty() ? "" : ", ", row.name);
  return DoesNotRun(absl::StrCat("services of type '", service_type, "' have no such action, only ", names));
}

Verdict VerdictOfAwsApi(std::string_view api) {
  if (!AwsApiOf(api).empty()) return Runs();
  return DoesNotRun("this API of AWS is not here: it throws; call it by HTTP");
}

Verdict VerdictOfAwsAction(std::string_view api, std::string_view action) {
  std::string name = absl::StrCat(AwsApiOf(api), ":", action);
  if (std::find(std::begin(kAwsStreams), std::end(kAwsStreams), name) == std::end(kAwsStreams)) return Runs();
  return DoesNotRun(
      "it is a stream of events, which functions cannot have: it throws; use the action without a stream");
}

std::span<const std::string_view> AwsApis() { return kAwsApis; }

std::span<const std::pair<std::string_view, std::string_view>> AwsApiAliases() { return kAwsApiAliases; }

}  // namespace overlock::config
