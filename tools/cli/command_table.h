// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

// What is made of the one table of commands and options, the CLI::App: help with examples, completion for shells, the man page.
namespace snnvp::cli {

struct Example {
  const char* command;  ///< words behind `snnvp`: "sweep plan"
  const char* line;     ///< a whole command line
  const char* about;
};

/// Lines that show what commands are for; every command has one.
const std::vector<Example>& examples();

/// Puts the examples below the help of each command.
void add_examples(CLI::App& app);

/// A script that completes commands, options and their words. `kinds`: what `describe` and `regs` take. Shell: bash, zsh, fish.
std::string completion(const CLI::App& app, const std::string& shell, const std::vector<std::string>& kinds);

/// The page of section 1 in man's language.
std::string man_page(const CLI::App& app, const std::string& version);

/// The text with severities and verdicts in colour, for terminals.
std::string coloured(const std::string& text);

/// Is colour wanted on this stream? NO_COLOR forbids it, CLICOLOR_FORCE asks for it, else a terminal gets it.
bool wants_colour(int fd);

}  // namespace snnvp::cli
