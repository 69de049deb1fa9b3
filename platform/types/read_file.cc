#include "platform/types/read_file.h"

#include <fstream>
#include <sstream>

#include "platform/types/strings.h"

namespace waybill {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  // Nothing to insert, as from an empty file, would count as a failure of `content`. A folder can be
  // opened, and not read.
  if (file.peek() != std::ifstream::traits_type::eof()) content << file.rdbuf();
  if (!file.is_open() || file.bad() || content.fail()) {
    return absl::NotFoundError(StrCat("can't read ", path));
  }
  return content.str();
}

}  // namespace waybill
