#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace waybill::test {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "waybill_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't create the folder " + name);
  path_ = name;
}

TempFolder::~TempFolder() {
  if (::testing::UnitTest::GetInstance()->Failed()) {
    std::cerr << "the files of this test are in " << path_.string() << "\n";
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::Write(const std::string& name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  if (!out) throw std::runtime_error("can't write " + file.string());
  return file.string();
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("can't read " + path.string());
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace waybill::test
