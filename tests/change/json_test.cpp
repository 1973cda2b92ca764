#include "change/json.hpp"

#include "support/property.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <charconv>
#include <limits>
#include <string>

namespace tidemark::change {
namespace {

std::string json_of(const Value& value) {
    std::string json;
    append_json(json, value);
    return json;
}

std::string json_of_text(std::string_view bytes) {
    return json_of({.storage_class = StorageClass::text, .bytes = bytes});
}

std::string json_of_real(double real) {
    return json_of({.storage_class = StorageClass::real, .real = real});
}

TEST(Json, writes_integers_whole) {
    const Value value{.storage_class = StorageClass::integer,
                      .integer = std::numeric_limits<std::int64_t>::min()};
    EXPECT_EQ(json_of(value), "-9223372036854775808");
}

TEST(Json, lets_a_real_be_seen_as_a_real) {
    EXPECT_EQ(json_of_real(1.0), "1.0");
    EXPECT_EQ(json_of_real(-0.0), "-0.0");
    EXPECT_EQ(json_of_real(1e300), "1e+300");
    EXPECT_EQ(json_of_real(0.1), "0.1");
    EXPECT_EQ(json_of_real(std::numeric_limits<double>::infinity()), "9e999");
    EXPECT_EQ(json_of_real(-std::numeric_limits<double>::infinity()), "-9e999");
}

TEST(JsonProperty, gives_every_real_back) {
    tests::check_property([](double real) {
        const std::string json = json_of_real(real);
        double read = 0;
        std::from_chars(json.data(), json.data() + json.size(), read);
        RC_ASSERT(read == real);
    });
}

TEST(Json, escapes_what_json_must_escape) {
    EXPECT_EQ(json_of_text("a\"b\\c\n\t\r"), R"("a\"b\\c\n\t\r")");
    EXPECT_EQ(json_of_text(std::string_view("a\0b\x1f", 4)), R"("a\u0000b\u001f")");
    EXPECT_EQ(json_of_text("gr\u00fc\u00df \U0001f30a"), "\"gr\u00fc\u00df \U0001f30a\"");
}

TEST(Json, writes_bytes_that_are_no_text_in_hex) {
    EXPECT_EQ(json_of({.storage_class = StorageClass::blob, .bytes = "\x01\xff"}),
              R"({"$blob":"01ff"})");
    EXPECT_EQ(json_of({.storage_class = StorageClass::blob, .bytes = ""}), R"({"$blob":""})");
    EXPECT_EQ(json_of_text("\xff"), R"({"$text":"ff"})");
    EXPECT_EQ(json_of_text("\xed\xa0\x80"), R"({"$text":"eda080"})") << "a lone surrogate";
    EXPECT_EQ(json_of_text("\xc0\x80"), R"({"$text":"c080"})") << "an overlong NUL";
    EXPECT_EQ(json_of_text("\xe2\x82"), R"({"$text":"e282"})") << "a cut-off character";
}

TEST(Json, converts_utf16_that_utf8_can_express) {
    const std::u16string text = u"gr\u00fc\u00df \U0001f30a";
    const std::string_view bytes(reinterpret_cast<const char*>(text.data()), text.size() * 2);
    EXPECT_EQ(json_of({.storage_class = StorageClass::text_utf16, .bytes = bytes}),
              "\"gr\u00fc\u00df \U0001f30a\"");
    const std::u16string lone = {0xd800, u'a'};
    const std::string_view lone_bytes(reinterpret_cast<const char*>(lone.data()), 4);
    EXPECT_EQ(json_of({.storage_class = StorageClass::text_utf16, .bytes = lone_bytes}),
              R"({"$text16":"00d86100"})");
}

TEST(Json, names_the_columns_of_a_row_and_leaves_the_hidden_rowid_out) {
    Table table;
    table.identity = Identity::rowid;
    table.columns = {"a", "say \"b\""};
    const Value rowid{.storage_class = StorageClass::integer, .integer = 9};
    const Value one{.storage_class = StorageClass::integer, .integer = 1};
    const std::vector<Value> image = {rowid, one, Value{}};
    EXPECT_EQ(row_as_json(table, image), R"({"a":1,"say \"b\"":null})");
}

}  // namespace
}  // namespace tidemark::change
