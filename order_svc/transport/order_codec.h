// Orders and products as the messages of waybill/orders/v1 and waybill/catalog/v1.
#pragma once

#include <string>

#include "order_svc/application/ports.h"
#include "order_svc/domain/order.h"
#include "order_svc/domain/product.h"
#include "waybill/catalog/v1/catalog_service.pb.h"
#include "waybill/orders/v1/order_service.pb.h"

namespace waybill::order_svc {

orders::v1::Order ToProto(const OrderData& order);
orders::v1::WatchOrderResponse ToProto(const OrderId& order, const Transition& transition);
catalog::v1::Product ToProto(const Product& product);

// Stored answers are the serialised responses.
class ProtoAnswerEncoder final : public AnswerEncoder {
 public:
  // A CancelOrderResponse.
  std::string Encode(const OrderData& order) const override;
  // An UpsertProductResponse.
  std::string Encode(const Product& product) const override;
};

}  // namespace waybill::order_svc
