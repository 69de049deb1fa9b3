#include "tools/rpc/services.h"

#include "waybill/catalog/v1/catalog_service.pb.h"
#include "waybill/inventory/v1/inventory_service.pb.h"
#include "waybill/ops/v1/parked_event_service.pb.h"
#include "waybill/orders/v1/order_service.pb.h"
#include "waybill/payments/v1/payment_service.pb.h"

namespace waybill::rpc {

std::vector<const google::protobuf::ServiceDescriptor*> Services() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const google::protobuf::FileDescriptor* file :
       {orders::v1::PlaceOrderRequest::descriptor()->file(),
        catalog::v1::ListProductsRequest::descriptor()->file(),
        inventory::v1::GetStockRequest::descriptor()->file(),
        payments::v1::GetPaymentRequest::descriptor()->file(),
        ops::v1::ListParkedEventsRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

}  // namespace waybill::rpc
