// Do the books agree? What must hold of all orders together once nothing is under way any more.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/system.h"

namespace waybill::e2e {

// Whether the test wrote records onto the topics itself.
enum class Strangers { kNone, kOnTopics };

// What is wrong by now, one sentence each; empty when:
//   - every order has ended, and its history is numbered 1..n and leads to its state;
//   - every order has its outbox rows and every outbox row its order, per topic numbered 1..n;
//   - a confirmed order is captured and reserved, a cancelled one neither held, captured nor
//     reserved, in our books and in the provider's, to the last cent;
//   - per product, stock.reserved is the sum of the reservations, and no more than is on hand;
//   - every end of an order has its one mail, sent;
//   - nothing is parked, unless there are strangers.
std::vector<std::string> Disagreements(System& system, Strangers strangers = Strangers::kNone);

// What Kafka holds against the outbox: every row is there, nothing else is (but strangers), and the
// first occurrences of a key's events are in sequence, 1..n. Reads the three topics whole.
std::vector<std::string> TopicDisagreements(System& system, Strangers strangers = Strangers::kNone);

// What the mail sink holds against the mails: each sent one is there, and those of an order in
// sequence.
std::vector<std::string> MailDisagreements(System& system);

// Waits until there are no disagreements of any kind; the failure lists those that stay.
::testing::AssertionResult BooksAgree(System& system, absl::Duration patience = absl::Seconds(60),
                                      Strangers strangers = Strangers::kNone);

}  // namespace waybill::e2e
