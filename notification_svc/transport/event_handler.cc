#include "notification_svc/transport/event_handler.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "notification_svc/transport/event_mapping.h"
#include "platform/events/topics.h"

namespace waybill::notification_svc {

std::vector<std::string> EventHandler::topics() const { return {events::kOrdersTopic}; }

bool EventHandler::Handles(const std::string& type) const { return IsOrderNews(type); }

absl::Status EventHandler::Handle(postgres::Transaction& tx,
                                  absl::Span<const events::IncomingEvent> events) {
  mails_.clear();
  std::vector<OrderNews> news;
  news.reserve(events.size());
  for (const events::IncomingEvent& event : events) {
    absl::StatusOr<OrderNews> mapped = ToOrderNews(event);
    if (!mapped.ok()) {
      return absl::Status(mapped.status().code(), absl::StrCat(event.type, " ", event.id.ToString(),
                                                               ": ", mapped.status().message()));
    }
    news.push_back(*std::move(mapped));
  }
  mails_ = queue_(tx, news);
  return absl::OkStatus();
}

void EventHandler::OnCommitted() {
  LogQueued(mails_);
  mails_.clear();
  on_queued_();
}

}  // namespace waybill::notification_svc
