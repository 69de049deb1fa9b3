// A RowIdentity says whether two deliveries are of the same row of the outbox: a name that is used
// again, after a TRUNCATE ... RESTART IDENTITY, names another row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "outbox_relay/base/record.h"

namespace waybill::outbox_relay {

// What the outbox calls a row.
struct RowName {
  // "" where the outbox has no such column: such a row has no identity.
  std::string row_id = {};
  // The transaction that inserted the row, without its epoch; nullopt where it isn't known.
  std::optional<std::uint32_t> xid = {};
};

struct RowIdentity {
  // Of the row's name and content. "" for a row without a name, and of a row that an older relay
  // has parked: then the name alone decides.
  std::string digest = {};
  std::optional<std::uint32_t> xid = {};

  static RowIdentity Of(const Record& record, const RowName& name);
  // Whether they are of one row, both having the same name; what one of them doesn't know doesn't
  // tell them apart.
  bool Matches(const RowIdentity& other) const {
    return (digest.empty() || other.digest.empty() || digest == other.digest) &&
           (!xid || !other.xid || *xid == *other.xid);
  }
};

}  // namespace waybill::outbox_relay
