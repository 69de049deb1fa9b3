// Converts orders and products into the messages of waybill/orders/v1 and waybill/catalog/v1.
#pragma once

#include "order_svc/domain/order.h"
#include "order_svc/domain/product.h"
#include "waybill/catalog/v1/catalog_service.pb.h"
#include "waybill/orders/v1/order_service.pb.h"

namespace waybill::order_svc {

orders::v1::Order ToProto(const OrderData& order);
orders::v1::Refund ToProto(const Refund& refund);
orders::v1::WatchOrderResponse ToProto(const OrderId& order, const Transition& transition);
catalog::v1::Product ToProto(const Product& product);

}  // namespace waybill::order_svc
