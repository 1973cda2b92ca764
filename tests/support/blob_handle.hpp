#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::tests {

/// An open handle on one value of the main database: by default of column `b`.
class BlobHandle {
public:
    BlobHandle(sqlite3* db, const std::string& table, std::int64_t rowid, bool writable = true,
               const char* column = "b") {
        rc_ =
            sqlite3_blob_open(db, "main", table.c_str(), column, rowid, writable ? 1 : 0, &handle_);
    }
    BlobHandle(const BlobHandle&) = delete;
    BlobHandle& operator=(const BlobHandle&) = delete;
    ~BlobHandle() { close(); }

    [[nodiscard]] int rc() const noexcept { return rc_; }
    [[nodiscard]] int reopen(std::int64_t rowid) { return sqlite3_blob_reopen(handle_, rowid); }
    [[nodiscard]] int write(std::string_view bytes, int offset = 0) {
        return sqlite3_blob_write(handle_, bytes.data(), static_cast<int>(bytes.size()), offset);
    }
    [[nodiscard]] std::string read(int size_bytes) {
        std::string bytes(static_cast<std::size_t>(size_bytes), '?');
        EXPECT_EQ(sqlite3_blob_read(handle_, bytes.data(), size_bytes, 0), SQLITE_OK);
        return bytes;
    }
    void close() {
        sqlite3_blob_close(handle_);
        handle_ = nullptr;
    }

private:
    sqlite3_blob* handle_ = nullptr;
    int rc_ = 0;
};

}  // namespace tidemark::tests
