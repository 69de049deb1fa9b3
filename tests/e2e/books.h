// Checks that the books agree: what must be true of all orders together once the system is at rest.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/system.h"

namespace waybill::e2e {

// Whether the test itself has written records to the topics ("strangers").
enum class Strangers { kNone, kOnTopics };

// Returns what is wrong now, one sentence each. The result is empty when:
//   - every order has ended, and its history is numbered 1..n and leads to its state;
//   - every order has its outbox rows and every outbox row its order, numbered 1..n per topic;
//   - a confirmed order is captured and reserved, a cancelled one neither held, captured nor
//     reserved, in our books and in the provider's, to the last cent;
//   - a confirmed order's refunds have ended, the same in our books of orders and of payments, and
//     the provider has kept what they left;
//   - a shipped order is known as shipped in both books, and has nothing reserved;
//   - per product, stock.reserved is the sum of the reservations, and at most what is on hand;
//   - every end of an order, and every refund, has exactly one mail, which is sent;
//   - nothing is parked, unless there are strangers.
std::vector<std::string> Disagreements(System& system, Strangers strangers = Strangers::kNone);

// Compares Kafka with the outbox: every row must be there, nothing else may be (except strangers),
// and the first occurrences of a key's events must be in sequence, 1..n. Reads all three topics
// completely.
std::vector<std::string> TopicDisagreements(System& system, Strangers strangers = Strangers::kNone);

// Compares the mail sink with the mails: each sent mail must be there, and the mails of an order
// must be in sequence.
std::vector<std::string> MailDisagreements(System& system);

// Waits until there are no disagreements of any kind; the failure lists those that remain.
::testing::AssertionResult BooksAgree(System& system, absl::Duration patience = absl::Seconds(60),
                                      Strangers strangers = Strangers::kNone);

}  // namespace waybill::e2e
