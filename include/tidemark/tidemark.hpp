#pragma once

/// Everything of tidemark's C++ interface.

#include <tidemark/change.hpp>
#include <tidemark/database.hpp>
#include <tidemark/destination.hpp>
#include <tidemark/error.hpp>
#include <tidemark/history.hpp>
#include <tidemark/observer.hpp>
#include <tidemark/options.hpp>
#include <tidemark/restore.hpp>
#include <tidemark/rules.hpp>
#include <tidemark/status.hpp>
#include <tidemark/undo.hpp>
#include <tidemark/version.hpp>
