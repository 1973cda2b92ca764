#pragma once

#include <tidemark/export.h>
