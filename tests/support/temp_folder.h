// A folder for the files that a test writes: configurations and logs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace waybill::test {

// Created below the system's temporary folder. The destructor deletes it, unless the running test
// has failed by then: then it prints the path, so that the logs can be read. Not thread-safe.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes a file into the folder and returns its path.
  std::string Write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// Returns the content of a file; throws std::runtime_error when it can't be read.
std::string ReadFile(const std::filesystem::path& path);

}  // namespace waybill::test
