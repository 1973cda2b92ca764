#include "history/compression.hpp"

#include <tidemark/error.hpp>

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace tidemark::history {
namespace {

// Faster than the disk takes it, and rows of one table compress well at any level.
constexpr int level = 1;

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

Error damaged(const std::string& reason) {
    return Error({.operation = "decompress a batch of the history",
                  .reason = reason,
                  .advice = "the history file is damaged; restore it from a backup"});
}

Error cannot_compress(std::size_t code) {
    return Error({.operation = "compress a batch for the history",
                  .reason = ZSTD_getErrorName(code),
                  .advice = "free some memory",
                  .retryable = true});
}

}  // namespace

std::vector<std::string> compress(std::span<const std::string_view> pieces,
                                  std::size_t part_bytes_max) {
    const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
    if (!context) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    std::vector<std::string> parts(1);
    std::string buffer(ZSTD_CStreamOutSize(), '\0');
    const auto append = [&](std::string_view bytes) {
        while (!bytes.empty()) {
            if (parts.back().size() == part_bytes_max) parts.emplace_back();
            const std::size_t room = part_bytes_max - parts.back().size();
            parts.back() += bytes.substr(0, room);
            bytes.remove_prefix(std::min(room, bytes.size()));
        }
    };
    for (std::size_t i = 0; i <= pieces.size(); ++i) {
        const bool is_end = i == pieces.size();
        const std::string_view piece = is_end ? std::string_view() : pieces[i];
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        for (bool more = true; more;) {
            ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
            const std::size_t left = ZSTD_compressStream2(context.get(), &out, &in,
                                                          is_end ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(left) != 0) throw cannot_compress(left);
            append({buffer.data(), out.pos});
            more = is_end ? left != 0 : in.pos != in.size;
        }
    }
    return parts;
}

struct Decompressor::Stream {
    struct Free {
        void operator()(ZSTD_DCtx* freed) const noexcept { ZSTD_freeDCtx(freed); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
};

Decompressor::Decompressor(std::uint64_t size_bytes)
    : stream_(std::make_unique<Stream>()), size_bytes_(size_bytes) {
    if (!stream_->context) throw std::bad_alloc();
}

Decompressor::~Decompressor() = default;

void Decompressor::add(std::string_view part) {
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    std::string buffer(ZSTD_DStreamOutSize(), '\0');
    bool is_full = false;
    while (in.pos < in.size || is_full) {
        if (is_complete_) throw damaged("something follows its end");
        ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
        const std::size_t left = ZSTD_decompressStream(stream_->context.get(), &out, &in);
        if (ZSTD_isError(left) != 0) throw damaged(ZSTD_getErrorName(left));
        if (out.pos > size_bytes_ - result_.size()) throw damaged("it is longer than it should be");
        result_.append(buffer.data(), out.pos);
        is_complete_ = left == 0;
        is_full = !is_complete_ && out.pos == out.size;
    }
}

std::string Decompressor::finish() {
    if (!is_complete_ || result_.size() != size_bytes_) throw damaged("its end is missing");
    return std::move(result_);
}

}  // namespace tidemark::history
