// Changes files that a running program follows, as tools that deploy them do: whoever reads finds the old file
// or the new one. All throw std::exception when the file can't be written.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/support/temp_folder.h"

namespace waybill::e2e {

inline void Replace(const std::string& path, const std::string& content) {
  const std::string next = path + ".next";
  std::ofstream(next) << content;
  std::filesystem::rename(next, path);
}

inline void Append(const std::string& path, const std::string& content) {
  Replace(path, test::ReadFile(path) + content);
}

// Replaces every occurrence of each pair's first text with its second.
inline void Substitute(const std::string& path,
                       const std::vector<std::pair<std::string, std::string>>& substitutions) {
  std::string content = test::ReadFile(path);
  for (const auto& [from, to] : substitutions) content = absl::StrReplaceAll(content, {{from, to}});
  Replace(path, content);
}

}  // namespace waybill::e2e
