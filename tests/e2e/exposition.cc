#include "tests/e2e/exposition.h"

#include <regex>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::e2e {
namespace {

// The samples of a histogram have its name with one of three suffixes.
std::string FamilyOf(const std::string& sample_name, const std::map<std::string, Exposed>& known) {
  for (const char* ending : {"_bucket", "_sum", "_count"}) {
    const std::size_t size = std::string(ending).size();
    if (sample_name.size() <= size || !sample_name.ends_with(ending)) continue;
    const std::string name = sample_name.substr(0, sample_name.size() - size);
    const auto found = known.find(name);
    if (found != known.end() && found->second.type == "histogram") return name;
  }
  return sample_name;
}

}  // namespace

Exposition::Exposition(const std::string& text) {
  static const std::regex kType(R"(# TYPE (\S+) (\S+))");
  static const std::regex kSample(R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+))");
  static const std::regex kLabel(R"re(([a-zA-Z_]+)="((?:[^"\\]|\\.)*)")re");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kType)) metrics_[match[1]].type = match[2];
    if (line.starts_with("#") || !std::regex_match(line, match, kSample)) continue;
    Exposed& exposed = metrics_[FamilyOf(match[1], metrics_)];
    const std::string labels = match[2];
    std::map<std::string, std::string> sorted;
    for (std::sregex_iterator label(labels.begin(), labels.end(), kLabel), end; label != end;
         ++label) {
      sorted[(*label)[1]] = (*label)[2];
      if ((*label)[1] != "le") exposed.labels.insert((*label)[1]);
    }
    std::string sample = match[1];
    for (const auto& [name, value] : sorted) {
      sample += (sample.back() == '"' ? "," : "{") + name + "=\"" + value + "\"";
    }
    if (!sorted.empty()) sample += "}";
    samples_[sample] = std::stod(match[3]);
  }
}

double Exposition::Value(const std::string& sample) const {
  const auto found = samples_.find(sample);
  return found == samples_.end() ? -1 : found->second;
}

std::map<std::string, Documented> DocumentedMetrics() {
  static const std::regex kRow(R"(\| `(waybill_\w+)` \| ([cgh]) \| ([^|]*)\| ([^|]*)\|.*)");
  static const std::map<std::string, std::string> kTypes = {
      {"c", "counter"}, {"g", "gauge"}, {"h", "histogram"}};
  std::map<std::string, Documented> documented;
  std::istringstream lines(test::ReadFile(test::SourcePath("docs/metrics.md")));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, kRow)) continue;
    Documented& one = documented[match[1]];
    one.exposed.type = kTypes.at(match[2]);
    for (const auto label :
         absl::StrSplit(match[3].str(), absl::ByAnyChar(", "), absl::SkipEmpty())) {
      one.exposed.labels.insert(std::string(label));
    }
    one.in = std::string(absl::StripAsciiWhitespace(match[4].str()));
  }
  return documented;
}

}  // namespace waybill::e2e
