// A folder for what a test writes: configurations, logs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace waybill::test {

// Made below the system's temporary folder. Deleted in the destructor, unless the running test has
// failed by then: its path is printed then, for the logs in it. Not thread-safe.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes a file there and returns its path.
  std::string Write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// A whole file; throws std::runtime_error when it can't be read.
std::string ReadFile(const std::filesystem::path& path);

}  // namespace waybill::test
