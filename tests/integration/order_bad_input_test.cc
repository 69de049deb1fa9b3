// Bad input over gRPC: each a precise code with its fields, and nothing written.
#include <limits>
#include <utility>

#include "tests/integration/order_rig.h"
#include "tests/support/raw_call.h"

namespace waybill::order_svc {
namespace {

using ::grpc::StatusCode;
using test::Describe;
using test::DetailsOf;

class OrderBadInputTest : public OrderServiceTest {
 protected:
  void ExpectRefused(const ::grpc::Status& status, StatusCode code, const std::string& field) {
    EXPECT_EQ(status.error_code(), code) << Describe(status);
    EXPECT_TRUE(DetailsOf(status).Violates(field)) << field << ": " << Describe(status);
    EXPECT_EQ(DetailsOf(status).domain, "waybill");
    EXPECT_EQ(OrdersOfUser(), 0);
    EXPECT_EQ(db().QueryInt("SELECT count(*) FROM request_keys WHERE user_id = '" + user_ + "'"),
              0);
  }

  void ExpectInvalid(const orders_v1::PlaceOrderRequest& request, const std::string& field) {
    ExpectRefused(Place(request), StatusCode::INVALID_ARGUMENT, field);
  }

  ::grpc::Status CallRaw(const std::string& method, const std::string& bytes) {
    const auto context = test::MakeContext(user_);
    return test::CallBytes(test::MakeChannel(instance().address()), *context, method, bytes).status;
  }
};

constexpr char kPlaceOrder[] = "/waybill.orders.v1.OrderService/PlaceOrder";

TEST_F(OrderBadInputTest, AnUnknownProductIsNotFoundByItsLine) {
  orders_v1::PlaceOrderRequest request = ATea();
  request.add_items()->set_product_id("unknown");
  request.mutable_items(1)->set_quantity(1);
  const ::grpc::Status status = Place(request);
  ExpectRefused(status, StatusCode::NOT_FOUND, "items[1].product_id");
  EXPECT_FALSE(DetailsOf(status).Violates("items[0].product_id"));
  EXPECT_EQ(DetailsOf(status).reason, "PRODUCT_NOT_FOUND");
}

TEST_F(OrderBadInputTest, QuantitiesOutsideTheLimitsAreRefused) {
  for (int quantity :
       {0, -1, 1001, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    ExpectInvalid(ATea(quantity), "items[0].quantity");
  }
}

TEST_F(OrderBadInputTest, NoLineAndTooManyLinesAreRefused) {
  orders_v1::PlaceOrderRequest request = ATea();
  request.clear_items();
  ExpectInvalid(request, "items");
  for (int i = 0; i < 101; ++i) *request.add_items() = ATea().items(0);
  ExpectInvalid(request, "items");
}

TEST_F(OrderBadInputTest, ARequestIdMustBeAUuid) {
  for (const std::string& id : {std::string(), std::string("not-a-uuid"),
                                std::string("00000000-0000-0000-0000-000000000000"),
                                NewRequestId() + "0", "{" + NewRequestId() + "}"}) {
    orders_v1::PlaceOrderRequest request = ATea();
    request.set_request_id(id);
    ExpectInvalid(request, "request_id");
  }
}

TEST_F(OrderBadInputTest, AMailAddressMustBeOne) {
  for (const std::string& email :
       {std::string(), std::string("ann"), std::string("@example.com"), std::string("ann@"),
        std::string("ann@ex ample.com"), std::string("a@b@c"), "ann@" + std::string(300, 'a'),
        std::string("ann@example.com\r\nBcc: all@example.com")}) {
    orders_v1::PlaceOrderRequest request = ATea();
    request.set_email(email);
    ExpectInvalid(request, "email");
  }
}

TEST_F(OrderBadInputTest, LineBreaksAreRefusedInEveryString) {
  for (const std::string& breaks :
       {std::string("\r"), std::string("\n"), std::string("\r\nX: y"), std::string("\0", 1)}) {
    orders_v1::PlaceOrderRequest request = ATea();
    request.set_request_id(request.request_id() + breaks);
    ExpectInvalid(request, "request_id");
    request = ATea();
    request.mutable_items(0)->set_product_id("tea" + breaks);
    ExpectInvalid(request, "items[0].product_id");
    request = ATea();
    request.set_email("ann@example.com" + breaks);
    ExpectInvalid(request, "email");
    request = ATea();
    request.set_payment_method("pm_card_visa" + breaks);
    ExpectInvalid(request, "payment_method");

    orders_v1::GetOrderRequest get;
    get.set_order_id(NewRequestId() + breaks);
    orders_v1::GetOrderResponse got;
    ExpectRefused(instance().orders().GetOrder(test::MakeContext(user_).get(), get, &got),
                  StatusCode::INVALID_ARGUMENT, "order_id");

    catalog_v1::UpsertProductRequest upsert;
    upsert.set_request_id(NewRequestId());
    upsert.mutable_product()->set_product_id("tea" + breaks);
    upsert.mutable_product()->set_name("Tea" + breaks);
    upsert.mutable_product()->mutable_unit_price()->set_currency_code("US" + breaks);
    upsert.mutable_product()->mutable_unit_price()->set_minor_units(1);
    catalog_v1::UpsertProductResponse upserted;
    const ::grpc::Status status =
        instance().catalog().UpsertProduct(test::MakeContext(user_).get(), upsert, &upserted);
    ExpectRefused(status, StatusCode::INVALID_ARGUMENT, "product.product_id");
    EXPECT_TRUE(DetailsOf(status).Violates("product.name"));
    EXPECT_TRUE(DetailsOf(status).Violates("product.unit_price.currency_code"));
  }
}

TEST_F(OrderBadInputTest, EveryBadFieldIsNamedAtOnce) {
  orders_v1::PlaceOrderRequest request = ATea(0);
  request.set_request_id("x");
  request.set_email("x");
  request.set_payment_method(std::string(256, 'x'));
  request.mutable_items(0)->set_product_id(std::string(65, 'x'));
  const test::ErrorDetails details = DetailsOf(Place(request));
  for (const char* field :
       {"request_id", "items[0].product_id", "items[0].quantity", "email", "payment_method"}) {
    EXPECT_TRUE(details.Violates(field)) << field;
  }
}

TEST_F(OrderBadInputTest, TwoCurrenciesInOneOrderAreRefused) {
  orders_v1::PlaceOrderRequest request = ATea();
  orders_v1::Item& sake = *request.add_items();
  sake.set_product_id("sake");
  sake.set_quantity(1);
  ExpectInvalid(request, "items[1].product_id");
}

TEST_F(OrderBadInputTest, InvalidUtf8IsRefusedByItsField) {
  orders_v1::PlaceOrderRequest request = ATea();
  request.set_email("marker@example.com");
  request.mutable_items(0)->set_product_id("teamarker");
  std::string bytes = request.SerializeAsString();
  bytes.replace(bytes.find("marker@"), 2, "\xC3\x28");
  ExpectRefused(CallRaw(kPlaceOrder, bytes), StatusCode::INVALID_ARGUMENT, "email");
  bytes = request.SerializeAsString();
  bytes.replace(bytes.find("teamarker"), 2, "\xFF\xFE");
  ExpectRefused(CallRaw(kPlaceOrder, bytes), StatusCode::INVALID_ARGUMENT, "items[0].product_id");
}

TEST_F(OrderBadInputTest, WhatIsNoProtobufIsRefused) {
  const ::grpc::Status status = CallRaw(kPlaceOrder, std::string(10, '\xFF'));
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << Describe(status);
  EXPECT_EQ(DetailsOf(status).reason, "MALFORMED_REQUEST");
  const ::grpc::Status watch =
      CallRaw("/waybill.orders.v1.OrderService/WatchOrder", std::string(10, '\xFF'));
  EXPECT_EQ(watch.error_code(), StatusCode::INVALID_ARGUMENT) << Describe(watch);
}

TEST_F(OrderBadInputTest, ATenMegabyteMessageIsRefusedAndTheServerGoesOn) {
  orders_v1::PlaceOrderRequest request = ATea();
  request.set_email(std::string(10'000'000, 'a'));
  const ::grpc::Status status = Place(request);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED) << Describe(status);
  EXPECT_EQ(OrdersOfUser(), 0);
  EXPECT_TRUE(Place(ATea()).ok());
}

TEST_F(OrderBadInputTest, ACallWithoutAWellFormedUserIsUnauthenticated) {
  for (const std::string& user : {std::string(), std::string("a b"), std::string(65, 'a')}) {
    orders_v1::PlaceOrderResponse response;
    const ::grpc::Status status =
        instance().orders().PlaceOrder(test::MakeContext(user).get(), ATea(), &response);
    EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED) << Describe(status);
    EXPECT_EQ(DetailsOf(status).reason, "NO_USER");
  }
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM orders WHERE user_id IN ('', 'a b')"), 0);
}

TEST_F(OrderBadInputTest, AForgedPageTokenIsRefused) {
  for (const std::string& token :
       {std::string("x"), std::string("AAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        std::string("'; DROP TABLE orders; --"), std::string("\r\n"), std::string(10'000, 'A')}) {
    orders_v1::ListOrdersRequest orders;
    orders.set_page_token(token);
    orders_v1::ListOrdersResponse listed;
    ExpectRefused(instance().orders().ListOrders(test::MakeContext(user_).get(), orders, &listed),
                  StatusCode::INVALID_ARGUMENT, "page_token");
    catalog_v1::ListProductsRequest products;
    products.set_page_token(token);
    catalog_v1::ListProductsResponse products_listed;
    ExpectRefused(instance().catalog().ListProducts(test::MakeContext(user_).get(), products,
                                                    &products_listed),
                  StatusCode::INVALID_ARGUMENT, "page_token");
  }
}

TEST_F(OrderBadInputTest, APageSizeOutsideTheLimitsIsRefused) {
  for (int size : {-1, 201, std::numeric_limits<int>::min()}) {
    orders_v1::ListOrdersRequest orders;
    orders.set_page_size(size);
    orders_v1::ListOrdersResponse listed;
    ExpectRefused(instance().orders().ListOrders(test::MakeContext(user_).get(), orders, &listed),
                  StatusCode::INVALID_ARGUMENT, "page_size");
  }
}

TEST_F(OrderBadInputTest, APriceMustBePositiveAndBounded) {
  for (std::int64_t price : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{100'000'000'000},
                             std::numeric_limits<std::int64_t>::max()}) {
    catalog_v1::UpsertProductRequest upsert;
    upsert.set_request_id(NewRequestId());
    upsert.mutable_product()->set_product_id("bad");
    upsert.mutable_product()->set_name("Bad");
    upsert.mutable_product()->mutable_unit_price()->set_currency_code("USD");
    upsert.mutable_product()->mutable_unit_price()->set_minor_units(price);
    catalog_v1::UpsertProductResponse upserted;
    ExpectRefused(
        instance().catalog().UpsertProduct(test::MakeContext(user_).get(), upsert, &upserted),
        StatusCode::INVALID_ARGUMENT, "product.unit_price.minor_units");
  }
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM products WHERE product_id = 'bad'"), 0);
}

TEST_F(OrderBadInputTest, AProductsNameIsMeasuredInCharactersAndKeptWhole) {
  const auto upsert = [&](const std::string& name) {
    catalog_v1::UpsertProductRequest request;
    request.set_request_id(NewRequestId());
    request.mutable_product()->set_product_id("named");
    request.mutable_product()->set_name(name);
    request.mutable_product()->mutable_unit_price()->set_currency_code("USD");
    request.mutable_product()->mutable_unit_price()->set_minor_units(1);
    catalog_v1::UpsertProductResponse response;
    return instance().catalog().UpsertProduct(test::MakeContext(user_).get(), request, &response);
  };
  const std::vector<std::string> characters = {"x", "\xd1\x89", "\xf0\x9f\x8d\xb5"};
  std::vector<std::string> longest(characters.size());
  for (std::size_t c = 0; c < characters.size(); ++c) {
    for (int i = 0; i < 200; ++i) longest[c] += characters[c];
    ExpectRefused(upsert(longest[c] + characters[c]), StatusCode::INVALID_ARGUMENT, "product.name");
  }
  for (const std::string& name : longest) {
    EXPECT_TRUE(upsert(name).ok()) << name;
    EXPECT_EQ(db().QueryText("SELECT name FROM products WHERE product_id = 'named'"), name);
  }
}

TEST_F(OrderBadInputTest, AnInternationalizedMailDomainIsKeptInItsAsciiForm) {
  orders_v1::PlaceOrderRequest request = ATea();
  request.set_email("ann@\xe2\x98\x95.example");
  ExpectInvalid(request, "email");
  request.set_email("ann@M\xc3\xbcnchen.de");
  ASSERT_TRUE(Place(request).ok());
  EXPECT_EQ(db().QueryText("SELECT email FROM orders WHERE user_id = '" + user_ + "'"),
            "ann@xn--mnchen-3ya.de");
  // The same request, written otherwise.
  request.set_email("ann@xn--mnchen-3ya.de");
  EXPECT_TRUE(Place(request).ok());
  EXPECT_EQ(OrdersOfUser(), 1);
}

TEST_F(OrderBadInputTest, APriceThatCannotBeChargedIsRefusedAtTheCatalog) {
  const auto upsert = [&](const std::string& currency, std::int64_t price) {
    catalog_v1::UpsertProductRequest request;
    request.set_request_id(NewRequestId());
    request.mutable_product()->set_product_id("odd");
    request.mutable_product()->set_name("Odd");
    request.mutable_product()->mutable_unit_price()->set_currency_code(currency);
    request.mutable_product()->mutable_unit_price()->set_minor_units(price);
    catalog_v1::UpsertProductResponse response;
    return instance().catalog().UpsertProduct(test::MakeContext(user_).get(), request, &response);
  };
  ExpectRefused(upsert("ZZZ", 1), StatusCode::INVALID_ARGUMENT, "product.unit_price.currency_code");
  ExpectRefused(upsert("KWD", 1234), StatusCode::INVALID_ARGUMENT, "product.unit_price");
  ExpectRefused(upsert("MGA", 5050), StatusCode::INVALID_ARGUMENT, "product.unit_price");
  ExpectRefused(upsert("CLF", 5), StatusCode::INVALID_ARGUMENT, "product.unit_price");
  ExpectRefused(upsert("USD", 100'000'000), StatusCode::INVALID_ARGUMENT, "product.unit_price");
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM products WHERE product_id = 'odd'"), 0);
  for (const auto& [currency, price] :
       {std::pair("UGX", 38'000), std::pair("ISK", 1999), std::pair("MGA", 5000)}) {
    EXPECT_TRUE(upsert(currency, price).ok()) << currency;
  }
}

TEST_F(OrderBadInputTest, ASumThatCannotBeChargedIsRefusedWhenTheOrderIsPlaced) {
  // A price from before it was checked.
  db().Exec(
      "INSERT INTO products (product_id, name, unit_price_minor, currency) "
      "VALUES ('fine', 'Fine', 1234, 'KWD'), ('dear', 'Dear', 99999999, 'USD')");
  orders_v1::PlaceOrderRequest fine = ATea();
  fine.clear_items();
  fine.add_items()->set_product_id("fine");
  fine.mutable_items(0)->set_quantity(1);
  ExpectInvalid(fine, "items");
  fine.mutable_items(0)->set_product_id("dear");
  fine.mutable_items(0)->set_quantity(2);
  ExpectInvalid(fine, "items");
}

}  // namespace
}  // namespace waybill::order_svc
