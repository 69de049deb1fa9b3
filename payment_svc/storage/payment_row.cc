#include "payment_svc/storage/payment_row.h"

#include <optional>
#include <stdexcept>
#include <string>

#include "platform/postgres/transaction.h"

namespace waybill::payment_svc {
namespace {

template <typename E>
E Required(std::optional<E> value, const pqxx::field& field) {
  if (!value) throw std::runtime_error(std::string("unknown name in payments: ") + field.c_str());
  return *value;
}

std::string TextOf(const pqxx::field& field) { return field.is_null() ? "" : field.c_str(); }

std::optional<Charge> ChargeOf(const pqxx::row& row) {
  if (row["payment_method"].is_null()) return std::nullopt;
  return Charge{UserId(TextOf(row["user_id"])), TextOf(row["payment_method"]),
                Money{row["amount_minor"].as<std::int64_t>(), TextOf(row["currency"])}};
}

std::optional<StartedStep> StartedOf(const pqxx::row& row) {
  if (row["step"].is_null()) return std::nullopt;
  return StartedStep{Required(ParseStep(row["step"].c_str()), row["step"]),
                     postgres::TimeOf(row["step_started_at"]), row["step_lookup"].as<bool>()};
}

}  // namespace

PaymentRecord RecordOf(const pqxx::row& row) {
  Payment payment = NewPayment(OrderId(postgres::UuidOf(row["order_id"])),
                               PaymentId(postgres::UuidOf(row["payment_id"])));
  payment.charge = ChargeOf(row);
  payment.wanted = Required(ParseWanted(row["wanted"].c_str()), row["wanted"]);
  payment.state = Required(ParseState(row["state"].c_str()), row["state"]);
  payment.provider_reference = TextOf(row["provider_reference"]);
  payment.decline_reason = TextOf(row["decline_reason"]);
  payment.started = StartedOf(row);
  payment.attempt = row["step_attempt"].as<int>();
  payment.tries = row["step_tries"].as<int>();
  payment.event_sequence = row["event_sequence"].as<std::int64_t>();
  return {std::move(payment), TraceContext::FromHeader(row["traceparent"].c_str()),
          postgres::TimeOf(row["updated_at"])};
}

}  // namespace waybill::payment_svc
