// SPDX-License-Identifier: Apache-2.0
#include "core/cli/cli.h"

int main(int argc, char** argv) { return landfall::cli::run(argc, argv); }
