// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace landfall::cli {

/// The command line: argv in, exit code out. See exit_codes.h.
int run(int argc, char** argv);

}  // namespace landfall::cli
