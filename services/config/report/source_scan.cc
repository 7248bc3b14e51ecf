#include "services/config/report/source_scan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/config/report/js_text.h"
#include "services/config/report/js_tokens.h"
#include "services/config/report/platform_thing.h"
#include "services/config/report/runtime_verdicts.h"
#include "services/config/report/source_names.h"

namespace overlock::config {
namespace {

// How deeply patterns like `{a: {b}}` are followed.
constexpr int kPatternDepthMax = 8;
// How many tokens of an argument are looked through for its keys.
constexpr size_t kArgumentTokensMax = 256;

class Findings {
 public:
  void Add(const Token& at, std::string_view construct, const Verdict& verdict) {
    if (verdict.kind == Verdict::Kind::kRuns && !running_.emplace(construct).second) return;
    if (report_.findings.size() >= kFindingsMax) {
      ++report_.left_out;
      return;
    }
    report_.findings.push_back({std::string(construct), at.line, at.column, verdict});
  }

  SourceReport Take() {
    std::stable_sort(report_.findings.begin(), report_.findings.end(), [](const Finding& a, const Finding& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    return std::move(report_);
  }

 private:
  SourceReport report_;
  // What runs and stands in the report; bounded by the length of the source.
  absl::flat_hash_set<std::string> running_;
};

class Scanner {
 public:
  Scanner(const std::vector<Token>& tokens, const AppNames& app)
      : tokens_(tokens), app_(app), declared_(DeclaredNames(tokens)), probed_(ProbedNames(tokens)) {}

  SourceReport Run() {
    // Functions use variables that are set further down: the first pass finds what they are.
    Pass();
    reports_ = true;
    if (!AssignsExports(tokens_)) {
      findings_.Add(Token(), "exports",
                    DoesNotRun("no function is assigned to exports: there is nothing to run; write "
                               "exports = function(...) {...}"));
    }
    Pass();
    return findings_.Take();
  }

 private:
  // A chain of members, while it is read.
  struct Chain {
    size_t root;
    // The token behind what has been read.
    size_t at;
    Thing thing;
    // Begins with a variable that may be another one of the same name.
    bool is_doubtful = false;
    // Told if the chain ends here.
    Use last = {};
  };

  void Pass() {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].kind == Token::Kind::kName && !IsMember(tokens_, i) && !IsKey(tokens_, i)) ReadName(i);
    }
  }

  void ReadName(size_t i) {
    std::string name = NameOf(tokens_[i]);
    if (tokens_[i + 1].IsPunctuator("=")) {
      SetVariable(i, name);
      return;
    }
    if (name == "import" || name == "export") return ReadModuleSyntax(i, name);
    // `typeof x` is a question, not a use.
    if (i > 0 && tokens_[i - 1].IsName("typeof")) return;
    Thing thing = ThingOf(name);
    if (thing.kind == Thing::Kind::kNothing) return ReadGlobal(i, name);
    if (thing.kind != Thing::Kind::kText) ReadChain(i, std::move(thing));
  }

  // `name =`: what it was is forgotten; what it becomes is found by the chain behind the `=`.
  void SetVariable(size_t i, const std::string& name) {
    bool is_constant = i > 0 && tokens_[i - 1].IsName("const");
    std::optional<std::string> text = is_constant ? TextOf(tokens_[i + 2]) : std::nullopt;
    if (text && EndsExpression(i + 3)) {
      Thing constant;
      constant.kind = Thing::Kind::kText;
      constant.name = *std::move(text);
      variables_[name] = std::move(constant);
    } else if (reports_) {
      variables_.erase(name);
    }
  }

  Thing ThingOf(const std::string& name) const {
    auto variable = variables_.find(name);
    if (variable != variables_.end()) return variable->second;
    if (name != "context" && declared_.contains(name)) return {};
    return GlobalThing(name);
  }

  void ReadGlobal(size_t i, const std::string& name) {
    if (declared_.contains(name) || probed_.contains(name)) return;
    if (auto verdict = FindVerdict(MembersOf(RuntimeObject::kGlobal), name)) Tell(i, i, name, *verdict);
  }

  void ReadModuleSyntax(size_t i, const std::string& name) {
    const Token& next = tokens_[i + 1];
    if (name == "import" && next.IsPunctuator("(")) {
      return Tell(i, i, "import(...)",
                  DoesNotRun("modules are not loaded in this way: the promise is rejected; use require()"));
    }
    constexpr std::string_view kNot = "a function is a script and no ECMAScript module: it does not compile; use ";
    if (name == "export") {
      bool is_export = next.kind == Token::Kind::kName || next.IsPunctuator("{") || next.IsPunctuator("*");
      if (is_export) Tell(i, i, "export", DoesNotRun(absl::StrCat(kNot, "exports = function(...) {...}")));
      return;
    }
    bool is_import = next.kind == Token::Kind::kName || next.kind == Token::Kind::kString || next.IsPunctuator("{") ||
                     next.IsPunctuator("*") || next.IsPunctuator(".");
    if (is_import) Tell(i, i, "import", DoesNotRun(absl::StrCat(kNot, "require() in the function")));
  }

  void ReadChain(size_t root, Thing thing) {
    Chain chain{root, root + 1, std::move(thing)};
    auto declared = declared_.find(NameOf(tokens_[root]));
    chain.is_doubtful = declared != declared_.end() && declared->second > 1;
    while (chain.thing.kind != Thing::Kind::kNothing && Step(chain)) {
    }
    // Of an object that is taken apart its members are told.
    bool is_taken_apart = root > 1 && tokens_[root - 1].IsPunctuator("=") && tokens_[root - 2].IsPunctuator("}");
    if (!chain.last.construct.empty() && !is_taken_apart) {
      Tell(root, root, chain.last.construct, chain.last.verdict);
    }
    if (chain.thing.kind != Thing::Kind::kNothing && EndsExpression(chain.at)) Assign(root, chain.thing);
  }

  // Reads `.name`, `["name"]` or a call; false if there is none.
  bool Step(Chain& chain) {
    size_t at = chain.at;
    bool is_optional = tokens_[at].IsPunctuator("?.");
    size_t next = is_optional ? at + 1 : at;
    std::string name;
    size_t name_at = next;
    if (tokens_[next].IsPunctuator("(")) {
      Enter(chain, name_at, UseCall(chain.thing, CallAt(next), app_), AfterBracket(next));
      return true;
    }
    if (tokens_[next].IsPunctuator("[")) {
      std::optional<std::string> text = LiteralAt(next + 1);
      if (!text || tokens_[next].partner != next + 2) {
        chain.thing = {};
        return true;
      }
      name = *std::move(text);
      name_at = next + 1;
      next = next + 3;
    } else if ((is_optional || tokens_[at].IsPunctuator(".")) && tokens_[at + 1].kind == Token::Kind::kName) {
      name_at = at + 1;
      name = NameOf(tokens_[name_at]);
      next = at + 2;
    } else {
      return false;
    }
    ReadMember(chain, name, name_at, next);
    return true;
  }

  void ReadMember(Chain& chain, const std::string& name, size_t name_at, size_t next) {
    if (tokens_[next].IsPunctuator("=")) {
      // A member of the program's own.
      assigned_.insert(absl::StrCat(chain.thing.path, ".", name));
      chain.thing = {};
      chain.last = {};
      return;
    }
    size_t open = tokens_[next].IsPunctuator("?.") ? next + 1 : next;
    if (!tokens_[open].IsPunctuator("(")) {
      Enter(chain, name_at, UseMember(chain.thing, name, nullptr, app_), next);
      return;
    }
    CallShape call = CallAt(open);
    bool is_http = chain.thing.kind == Thing::Kind::kObject && chain.thing.object == RuntimeObject::kHttp;
    if ((is_http || chain.thing.type == "http") && HasKey(open, "authUrl")) {
      Tell(chain.root, name_at, absl::StrCat("authUrl of ", chain.thing.path, ".", Printable(name)),
           Differs("it has no effect"));
    }
    Enter(chain, name_at, UseMember(chain.thing, name, &call, app_), AfterBracket(open));
  }

  // Goes on to what a step gave.
  void Enter(Chain& chain, size_t name_at, Use use, size_t next) {
    chain.at = next;
    chain.thing = std::move(use.result);
    chain.last = {};
    if (use.construct.empty() || assigned_.contains(use.construct)) return;
    if (chain.is_doubtful && use.is_unknown_member) return;
    if (use.only_when_last) {
      chain.last = std::move(use);
      chain.last.result = {};
    } else {
      Tell(chain.root, name_at, use.construct, use.verdict);
    }
  }

  // At the beginning of the chain, or at the name where that stands in another line.
  void Tell(size_t root, size_t name_at, std::string_view construct, const Verdict& verdict) {
    if (!reports_) return;
    const Token& at = tokens_[root].line == tokens_[name_at].line ? tokens_[root] : tokens_[name_at];
    findings_.Add(at, construct, verdict);
  }

  // The token behind the bracket's end; the end of the source if it is never closed.
  size_t AfterBracket(size_t open) const {
    return tokens_[open].partner == Token::kNoPartner ? tokens_.size() - 1 : tokens_[open].partner + 1;
  }

  // The text of the token, if it is a literal or a constant.
  std::optional<std::string> LiteralAt(size_t i) const {
    if (auto text = TextOf(tokens_[i])) return text;
    if (tokens_[i].kind != Token::Kind::kName) return std::nullopt;
    auto variable = variables_.find(NameOf(tokens_[i]));
    if (variable == variables_.end() || variable->second.kind != Thing::Kind::kText) return std::nullopt;
    return variable->second.name;
  }

  CallShape CallAt(size_t open) const {
    size_t argument = open + 1;
    if (argument + 1 >= tokens_.size()) return {};
    const Token& behind = tokens_[argument + 1];
    if (!behind.IsPunctuator(")") && !behind.IsPunctuator(",")) return {};
    return {LiteralAt(argument)};
  }

  bool HasKey(size_t open, std::string_view key) const {
    size_t end = std::min({AfterBracket(open), open + kArgumentTokensMax});
    for (size_t i = open + 1; i < end; ++i) {
      if (tokens_[i].IsName(key) && IsKey(tokens_, i)) return true;
    }
    return false;
  }

  bool EndsExpression(size_t i) const {
    if (i >= tokens_.size()) return true;
    const Token& token = tokens_[i];
    if (token.kind == Token::Kind::kEnd) return true;
    for (std::string_view end : {";", ",", ")", "}", "]"}) {
      if (token.IsPunctuator(end)) return true;
    }
    return token.after_newline && token.kind != Token::Kind::kPunctuator;
  }

  // What stands before the chain at `root`, if it is assigned to something.
  void Assign(size_t root, const Thing& thing) {
    if (root < 2 || !tokens_[root - 1].IsPunctuator("=")) return;
    const Token& target = tokens_[root - 2];
    if (target.kind == Token::Kind::kName && !IsMember(tokens_, root - 2)) {
      variables_[NameOf(target)] = thing;
    } else if (target.IsPunctuator("}") && target.partner != Token::kNoPartner) {
      Destructure(thing, target.partner, 0);
    }
  }

  // `{a, b: c, d = 1, e: {f}}`
  void Destructure(const Thing& thing, size_t open, int depth) {
    if (depth > kPatternDepthMax || tokens_[open].partner == Token::kNoPartner) return;
    size_t end = tokens_[open].partner;
    for (size_t i = open + 1; i < end; i = NextEntry(i, end)) {
      std::optional<std::string> key = TextOf(tokens_[i]);
      if (!key && tokens_[i].kind == Token::Kind::kName) key = NameOf(tokens_[i]);
      if (!key) continue;
      Use use = UseMember(thing, *key, nullptr, app_);
      if (!use.construct.empty()) Tell(i, i, use.construct, use.verdict);
      size_t target = tokens_[i + 1].IsPunctuator(":") ? i + 2 : i;
      if (tokens_[target].kind == Token::Kind::kName) {
        SetTo(NameOf(tokens_[target]), use.result);
      } else if (tokens_[target].IsPunctuator("{")) {
        Destructure(use.result, target, depth + 1);
      }
    }
  }

  void SetTo(const std::string& name, const Thing& thing) {
    if (thing.kind != Thing::Kind::kNothing) {
      variables_[name] = thing;
    } else if (reports_) {
      variables_.erase(name);
    }
  }

  // The first token of the next entry of a pattern.
  size_t NextEntry(size_t i, size_t end) const {
    for (; i < end; ++i) {
      if (tokens_[i].IsPunctuator(",")) return i + 1;
      bool opens = tokens_[i].partner != Token::kNoPartner && tokens_[i].partner > i;
      if (opens) i = tokens_[i].partner;
    }
    return end;
  }

  const std::vector<Token>& tokens_;
  const AppNames& app_;
  const absl::flat_hash_map<std::string, int> declared_;
  const absl::flat_hash_set<std::string> probed_;
  // What variables are, as far as it is known.
  absl::flat_hash_map<std::string, Thing> variables_;
  // Members that the source sets itself.
  absl::flat_hash_set<std::string> assigned_;
  bool reports_ = false;
  Findings findings_;
};

}  // namespace

SourceReport ScanSource(std::string_view source, const AppNames& app) {
  std::vector<Token> tokens = Tokenize(source);
  return Scanner(tokens, app).Run();
}

}  // namespace overlock::config
