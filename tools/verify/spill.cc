#include "tools/verify/spill.h"

#include <cerrno>
#include <cstdlib>
#include <string>

#include "platform/types/strings.h"

namespace waybill::verify {

absl::StatusOr<std::unique_ptr<std::FILE, int (*)(std::FILE*)>> MakeSpillFile() {
  const char* const folder = std::getenv("TMPDIR");
  std::string path =
      StrCat(folder != nullptr && *folder != '\0' ? folder : "/tmp", "/waybill-verify-XXXXXX");
  const int fd = ::mkstemp(path.data());
  if (fd < 0)
    return absl::InternalError(
        StrCat("can't create the temporary file ", path, ": ", std::strerror(errno)));
  ::unlink(path.c_str());
  std::FILE* const file = ::fdopen(fd, "w+b");
  if (file == nullptr) {
    ::close(fd);
    return absl::InternalError(
        StrCat("can't open the temporary file ", path, ": ", std::strerror(errno)));
  }
  return std::unique_ptr<std::FILE, int (*)(std::FILE*)>(file, &std::fclose);
}

}  // namespace waybill::verify
