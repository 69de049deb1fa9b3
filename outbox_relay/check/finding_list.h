// Findings collects what `check` finds, and has what the checks share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// What `check` reports: something that is fine, doubtful or broken.
struct Finding {
  enum class Grade { kFine, kWarning, kBroken };
  Grade grade = Grade::kFine;
  // What was checked, in words that read right under every grade.
  std::string text;
  // What to run or to change; "" for nothing.
  std::string fix;
};

class Findings {
 public:
  void Fine(std::string text) { Add(Finding::Grade::kFine, std::move(text), ""); }
  void Warn(std::string text, std::string fix) {
    Add(Finding::Grade::kWarning, std::move(text), std::move(fix));
  }
  void Broken(std::string text, std::string fix) {
    Add(Finding::Grade::kBroken, std::move(text), std::move(fix));
  }
  // One finding: fine or broken.
  void Expect(bool fine, const std::string& what, const std::string& fix) {
    fine ? Fine(what) : Broken(what, fix);
  }
  std::vector<Finding> Take() { return std::move(findings_); }

 private:
  void Add(Finding::Grade grade, std::string text, std::string fix) {
    findings_.push_back({grade, std::move(text), std::move(fix)});
  }
  std::vector<Finding> findings_;
};

// The only value of a query that can't fail for want of rights; "" if it does.
std::string Value(PgConnection& connection, const std::string& sql,
                  const std::vector<PgConnection::Param>& params = {});

}  // namespace waybill::outbox_relay
