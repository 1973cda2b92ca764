#include "history/payload.hpp"

#include "change/effects_builder.hpp"
#include "history/compression.hpp"

#include <tidemark/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidemark::history {
namespace {

change::Value integer(std::int64_t value) {
    return {.storage_class = change::StorageClass::integer, .integer = value};
}

change::Value text(std::string_view value) {
    return {.storage_class = change::StorageClass::text, .bytes = value};
}

change::Effects sample() {
    change::EffectsBuilder builder;
    change::EffectTable table;
    table.table.name = "new name";
    table.name_before = "old name";
    table.table.rowid_name = "oid";
    table.table.columns = {"a", "b"};
    table.primary_key = {1};
    const change::TableId id = builder.add(table);
    builder.insert(id, std::vector{integer(1), text("x"), change::Value{}});
    builder.update(id, std::vector{integer(1), text("x"), change::Value{}},
                   std::vector{integer(1), text("x"), integer(-7)});
    builder.remove(id, std::vector{integer(1), text("x"), integer(-7)});
    change::Effects& effects = builder.effects();
    effects.after_foreign_writes = true;
    effects.header_before = {.user_version = -1, .application_id = 2};
    effects.header_after = {.user_version = 3, .application_id = -4};
    const change::SchemaObject object{.type = "table",
                                      .name = "n",
                                      .table = "n",
                                      .sql = "CREATE",
                                      .origin = "o",
                                      .has_content = true};
    effects.schema = change::SchemaEffect{.before = {object}, .after = {object, {}}};
    return builder.take();
}

std::string bytes_of(const Payload& payload) {
    std::string bytes = payload.head;
    for (const std::string_view part : payload.records) bytes += part;
    EXPECT_EQ(bytes.size(), payload.size_bytes());
    return bytes;
}

TEST(Payload, gives_back_what_was_written) {
    const change::Effects written = sample();
    const std::string bytes = bytes_of(encode(written));
    const change::Effects read = decode(bytes);
    EXPECT_EQ(read.after_foreign_writes, written.after_foreign_writes);
    EXPECT_EQ(read.header_before, written.header_before);
    EXPECT_EQ(read.header_after, written.header_after);
    EXPECT_EQ(read.schema, written.schema);
    EXPECT_EQ(read.tables, written.tables);
    EXPECT_EQ(bytes_of(encode(read)), bytes);
}

TEST(Payload, that_was_cut_off_is_refused) {
    const std::string bytes = bytes_of(encode(sample()));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(static_cast<void>(decode(std::string_view(bytes).substr(0, size))), Error)
            << size;
    }
}

TEST(Payload, of_another_format_or_byte_order_is_refused) {
    std::string bytes = bytes_of(encode(sample()));
    ++bytes[0];
    EXPECT_THROW(static_cast<void>(decode(bytes)), Error);
    --bytes[0];
    bytes[1] = 'm';
    EXPECT_THROW(static_cast<void>(decode(bytes)), Error);
}

TEST(Compression, gives_back_what_was_compressed_in_parts) {
    std::string content;
    for (int i = 0; i < 100'000; ++i) content += std::to_string(i * 7919);
    const std::vector<std::string_view> pieces{"head", content, "", "tail"};
    const std::vector<std::string> parts = compress(pieces, 10'000);
    ASSERT_GT(parts.size(), 2U);
    const std::string whole = "head" + content + "tail";
    Decompressor decompressor(whole.size());
    for (const std::string& part : parts) {
        EXPECT_LE(part.size(), 10'000U);
        decompressor.add(part);
    }
    EXPECT_EQ(decompressor.finish(), whole);
}

TEST(Compression, refuses_what_is_shorter_longer_or_damaged) {
    const std::vector<std::string_view> pieces{"some content"};
    const std::string frame = compress(pieces, 1000).at(0);
    {
        Decompressor cut(12);
        cut.add(std::string_view(frame).substr(0, frame.size() - 1));
        EXPECT_THROW(static_cast<void>(cut.finish()), Error);
    }
    EXPECT_THROW(Decompressor(11).add(frame), Error);
    EXPECT_THROW(Decompressor(12).add(frame + "x"), Error);
    EXPECT_THROW(Decompressor(12).add("no frame at all"), Error);
    Decompressor longer(13);
    longer.add(frame);
    EXPECT_THROW(static_cast<void>(longer.finish()), Error);
}

}  // namespace
}  // namespace tidemark::history
