// Writes single documents of which rules have to see what they are and will be.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_DOCUMENT_WRITER_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_DOCUMENT_WRITER_H_

#include <vector>

#include "common/async/task.h"
#include "common/ejson/value.h"
#include "services/executor/data/attempt.h"
#include "services/executor/data/user_reads.h"

namespace overlock::executor {

// How often a document that somebody else changes meanwhile is tried again.
inline constexpr int kWriteTriesMax = 5;

// A query that matches the document only as long as its fields have these values. A field whose name has a dot or a
// dollar sign cannot be asked for and is left out.
ejson::Value SameDocument(const ejson::Value& document);

// Refuses, or gives what the document will be.
Task<Attempt<ejson::Value>> JudgeUpdate(UserCallPtr user, ejson::Value before, ejson::Value update);

// The document that an upsert inserts, once it is allowed; with an `_id`.
Task<Attempt<ejson::Value>> JudgeUpsert(UserCallPtr user, ejson::Value query, ejson::Value update);

// Inserts it: the reply's writeErrors become a failure.
Task<Attempt<bool>> InsertOne(UserCallPtr user, ejson::Value document);

// `{update: ..., updates: [{q, u}]}` or `{delete: ..., deletes: [{q, limit: 1}]}`: the reply, without writeErrors.
Task<Attempt<ejson::Value>> RunWrite(UserCallPtr user, std::vector<ejson::Member> command);

// What a command that was tried too often fails with, as MongoDB's own do.
ServiceFailure WriteConflict();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_DOCUMENT_WRITER_H_
