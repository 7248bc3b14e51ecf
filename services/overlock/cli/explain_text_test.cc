#include "services/overlock/cli/explain_text.h"

#include <google/protobuf/text_format.h>

#include "gtest/gtest.h"

namespace overlock::cli {
namespace {

authz::v1::ExplainResponse Response(const char* text) {
  authz::v1::ExplainResponse response;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &response)) << text;
  return response;
}

// A clause of each kind.
constexpr char kDenied[] = R"(
  expression {
    path: "expression" operator: "and" result: RESULT_FALSE
    clauses {
      path: "expression.%%request.httpMethod" operator: "eq" result: RESULT_TRUE
      field { text: "%%request.httpMethod" value_ejson: "\"POST\"" } value { value_ejson: "\"POST\"" }
    }
    clauses {
      path: "expression.%or" operator: "or" result: RESULT_FALSE
      clauses {
        path: "expression.%or[0].%%user.id" operator: "eq" result: RESULT_FALSE decisive: true
        field { text: "%%user.id" missing: true } value { text: "%%values.key" masked: true }
      }
    }
    clauses {
      path: "expression.%not" operator: "not" result: RESULT_FAILED
      clauses {
        path: "expression.%not.%%true" operator: "eq" result: RESULT_FAILED failure: "function f: \033[1m"
        field { value_ejson: "true" } value { text: "%function f" }
      }
    }
    clauses { path: "expression.%nor" operator: "nor" result: RESULT_NOT_EVALUATED }
  })";

TEST(ExplainText, UsesWordsWhereThereIsNoTerminal) {
  EXPECT_EQ(ExplainText(Response(kDenied), false),
            "denied by expression.%or[0].%%user.id\n"
            "  false  all of\n"
            "    true   %%request.httpMethod (\"POST\") eq \"POST\"\n"
            "    false  one of\n"
            "      false  %%user.id (missing) eq %%values.key (<secret>)   <- denies\n"
            "    failed not\n"
            "      failed true eq %function f: function f: \\x1b[1m\n"
            "    unread none of\n");
}

TEST(ExplainText, UsesMarksOnATerminal) {
  EXPECT_EQ(ExplainText(Response(R"(
              allowed: true truncated: true
              expression {
                path: "expression" operator: "and" result: RESULT_TRUE
                clauses { operator: "constant" result: RESULT_TRUE value { value_ejson: "true" } }
                clauses {
                  operator: "in" result: RESULT_FALSE
                  field { text: "%%user.data" value_ejson: "{}" truncated: true } value { value_ejson: "[]" }
                }
                clauses { operator: "exists" result: RESULT_FAILED field { text: "%%user.id" } value { value_ejson: "1" } }
                clauses { operator: "or" result: RESULT_NOT_EVALUATED }
              })"),
                        true),
            "allowed\n"
            "  ✓ all of\n"
            "    ✓ true\n"
            "    ✗ %%user.data ({} (cut)) in []\n"
            "    ! %%user.id exists 1\n"
            "    · one of\n"
            "  (some clauses are left out)\n");
}

}  // namespace
}  // namespace overlock::cli
