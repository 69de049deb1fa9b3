// ResultRows holds libpqxx's result behind Result, for this folder alone.
#pragma once

#include <pqxx/pqxx>

namespace waybill::postgres {

class ResultRows {
 public:
  pqxx::result rows;
};

}  // namespace waybill::postgres
