#include "payment_svc/gateway/stripe_provider.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "payment_svc/gateway/stripe_answer.h"
#include "payment_svc/gateway/stripe_wire.h"
#include "platform/log/log.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {
namespace {

// The version the mapping in stripe_wire.cc was written for.
constexpr char kVersionHeader[] = "Stripe-Version: 2022-11-15";
// The reason of the decline.
constexpr char kNotChargeable[] = "amount_not_chargeable";
constexpr absl::Duration kConnectTimeout = absl::Seconds(2);

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct HeadersDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Headers = std::unique_ptr<curl_slist, HeadersDeleter>;

void Append(Headers& headers, const std::string& line) {
  headers.reset(curl_slist_append(headers.release(), line.c_str()));
}

CURLM* MakeMulti() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* const multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    log::Error("libcurl can't be initialised", {{"error", curl_easy_strerror(initialised)}});
    std::abort();
  }
  return multi;
}

// One call under way. libcurl holds pointers into it, so it never moves.
struct Transfer {
  Easy easy;
  ProviderCall call;
  HttpRequest request;
  Headers headers;
  std::string body;
  absl::Time begun_at;
};

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = static_cast<Transfer*>(user)->body;
  if (body.size() + size * count > kMaxResponseBytes) return 0;
  body.append(data, size * count);
  return size * count;
}

}  // namespace

class StripeProvider::Impl {
 public:
  Impl(StripeOptions options, ProviderMetrics metrics)
      : options_(std::move(options)),
        base_url_(absl::StripSuffix(options_.url, "/")),
        metrics_(std::move(metrics)),
        multi_(MakeMulti()),
        api_key_(options_.api_key) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, long{options_.max_in_flight});
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, long{options_.max_in_flight});
  }
  ~Impl() {
    for (auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
    transfers_.clear();
    spare_.clear();
    curl_multi_cleanup(multi_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Submit(ProviderCall call) {
    absl::StatusOr<HttpRequest> request = RequestFor(call);
    if (!request.ok()) return Refuse(call, request.status());
    auto transfer = std::make_unique<Transfer>();
    transfer->easy = TakeEasy();
    transfer->request = *std::move(request);
    transfer->call = std::move(call);
    Prepare(*transfer);
    transfer->begun_at = absl::Now();
    metrics_.Begun();
    CURL* easy = transfer->easy.get();
    curl_multi_add_handle(multi_, easy);
    transfers_.emplace(easy, std::move(transfer));
  }

  std::vector<ProviderAnswer> Collect(absl::Duration max_wait) {
    if (!refused_.empty()) return std::exchange(refused_, {});
    int running = 0;
    curl_multi_perform(multi_, &running);
    std::vector<ProviderAnswer> answers = TakeFinished();
    if (!answers.empty() || max_wait <= absl::ZeroDuration()) return answers;
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(max_wait)),
                    nullptr);
    curl_multi_perform(multi_, &running);
    return TakeFinished();
  }

  void Wake() { curl_multi_wakeup(multi_); }

  void UseApiKey(std::string api_key) {
    const absl::MutexLock lock(&mutex_);
    api_key_ = std::move(api_key);
  }

 private:
  // Answers a call that can't be made.
  void Refuse(const ProviderCall& call, const absl::Status& status) {
    log::Warn("the payment provider can't charge the amount",
              {{"order_id", call.order.ToString()}, {"error", status.ToString()}});
    Answer answer;
    // An older build, which sent amounts in other units, may have begun the step.
    answer.kind = call.call.first ? Answer::Kind::kRefused : Answer::Kind::kServerError;
    answer.reason = kNotChargeable;
    refused_.push_back({call.order, call.call, std::move(answer)});
  }

  std::string ApiKey() {
    const absl::MutexLock lock(&mutex_);
    return api_key_;
  }

  Easy TakeEasy() {
    if (spare_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(spare_.back());
    spare_.pop_back();
    return easy;
  }

  void Prepare(Transfer& transfer) {
    CURL* easy = transfer.easy.get();
    curl_easy_reset(easy);
    Append(transfer.headers, StrCat("Authorization: Bearer ", ApiKey()));
    Append(transfer.headers, kVersionHeader);
    if (transfer.request.post) {
      Append(transfer.headers, StrCat("Idempotency-Key: ", transfer.request.idempotency_key));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
                       static_cast<long>(transfer.request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.request.body.c_str());
    }
    const std::string url = StrCat(base_url_, transfer.request.path);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "waybill-payment_svc");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, absl::ToInt64Milliseconds(options_.call_timeout));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     absl::ToInt64Milliseconds(std::min(kConnectTimeout, options_.call_timeout)));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  }

  std::vector<ProviderAnswer> TakeFinished() {
    std::vector<ProviderAnswer> answers;
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode result = message->data.result;
      const auto found = transfers_.find(easy);
      Transfer& transfer = *found->second;
      answers.push_back({transfer.call.order, transfer.call.call, Outcome(transfer, result)});
      metrics_.Ended(transfer.call.call, answers.back().answer.kind,
                     absl::Now() - transfer.begun_at);
      curl_multi_remove_handle(multi_, easy);
      spare_.push_back(std::move(transfer.easy));
      transfers_.erase(found);
    }
    return answers;
  }

  static Answer NoAnswer(const Transfer& transfer, CURLcode result) {
    long sent_bytes = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_REQUEST_SIZE, &sent_bytes);
    Answer answer;
    answer.kind = sent_bytes == 0 ? Answer::Kind::kUnreachable : Answer::Kind::kUnknown;
    answer.reason = curl_easy_strerror(result);
    return answer;
  }

  static Answer Outcome(Transfer& transfer, CURLcode result) {
    if (result != CURLE_OK) return NoAnswer(transfer, result);
    HttpResponse response;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &response.status);
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
    response.retry_after = absl::Seconds(retry_after_s);
    response.body = std::move(transfer.body);
    return AnswerOf(transfer.call, response);
  }

  const StripeOptions options_;
  const std::string base_url_;
  const ProviderMetrics metrics_;
  CURLM* const multi_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  // Not collected yet.
  std::vector<ProviderAnswer> refused_;
  // Handles used before, at most max_in_flight.
  std::vector<Easy> spare_;
  absl::Mutex mutex_;
  // Guarded by mutex_.
  std::string api_key_;
};

StripeProvider::StripeProvider(StripeOptions options, ProviderMetrics metrics)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(metrics))) {}
StripeProvider::~StripeProvider() = default;

void StripeProvider::Submit(ProviderCall call) { impl_->Submit(std::move(call)); }
std::vector<ProviderAnswer> StripeProvider::Collect(absl::Duration max_wait) {
  return impl_->Collect(max_wait);
}
void StripeProvider::Wake() { impl_->Wake(); }
void StripeProvider::UseApiKey(std::string api_key) { impl_->UseApiKey(std::move(api_key)); }

}  // namespace waybill::payment_svc
