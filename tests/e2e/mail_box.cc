#include "tests/e2e/mail_box.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "tests/support/temp_folder.h"

namespace waybill::e2e {
namespace {

Mail Parse(std::string text) {
  text = absl::StrReplaceAll(text, {{"\r\n", "\n"}});
  const std::size_t end = text.find("\n\n");
  Mail mail;
  mail.body = end == std::string::npos ? "" : text.substr(end + 2);
  const std::string head =
      absl::StrReplaceAll(text.substr(0, end), {{"\n ", " "}, {"\n\t", " "}}) + "\n";
  for (std::size_t begin = 0; begin < head.size();) {
    const std::size_t stop = head.find('\n', begin);
    const std::string line = head.substr(begin, stop - begin);
    begin = stop + 1;
    if (const std::size_t colon = line.find(": "); colon != std::string::npos) {
      mail.headers[absl::AsciiStrToLower(line.substr(0, colon))] = line.substr(colon + 2);
    }
  }
  return mail;
}

}  // namespace

std::vector<Mail> AllMails(const System& system) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(system.MailFolder())) {
    // The names of the sink's unfinished files begin with a dot.
    if (entry.path().filename().string().front() != '.') files.push_back(entry.path());
  }
  // The file names begin with the time.
  std::sort(files.begin(), files.end());
  std::vector<Mail> mails;
  for (const std::filesystem::path& file : files) mails.push_back(Parse(test::ReadFile(file)));
  return mails;
}

std::vector<Mail> MailsOf(const System& system, const std::string& order_id) {
  std::vector<Mail> mails = AllMails(system);
  std::erase_if(mails, [&](Mail& mail) { return mail.headers["x-waybill-order-id"] != order_id; });
  return mails;
}

}  // namespace waybill::e2e
