// SPDX-License-Identifier: Apache-2.0
#include "command_table.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::cli {

namespace {

/// An option as shells and the man page need it.
struct OptionRow {
  std::string words;  ///< "--jobs, -j"
  std::vector<std::string> names;
  std::string about, value;          ///< value: what follows it, empty for a flag
  std::vector<std::string> choices;  ///< of the value; empty: anything
};

struct CommandRow {
  std::vector<std::string> path;  ///< below `snnvp`
  std::string about;
  std::vector<std::string> positionals;
  std::vector<OptionRow> options;
  std::vector<std::string> subcommands;

  std::string words() const {
    std::string all;
    for (const std::string& word : path) all += (all.empty() ? "" : " ") + word;
    return all;
  }
};

/// `{a,b}` of a set of words, as CLI11 describes it.
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t open = type.find('{'), close = type.find('}');
  std::vector<std::string> words;
  if (open == std::string::npos || close == std::string::npos) return words;
  std::string word;
  for (const char c : type.substr(open + 1, close - open - 1) + ",")
    if (c == ',')
      words.push_back(word), word.clear();
    else
      word += c;
  return words;
}

void collect(const CLI::App& app, const std::vector<std::string>& path, std::vector<CommandRow>& out) {
  CommandRow row;
  row.path = path;
  row.about = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      row.positionals.push_back(option->get_name());
      continue;
    }
    OptionRow o;
    for (const std::string& name : option->get_lnames()) o.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) o.names.push_back("-" + name);
    for (const std::string& name : o.names) o.words += (o.words.empty() ? "" : ", ") + name;
    o.about = option->get_description();
    if (option->get_items_expected_max() > 0) {
      o.choices = choices_of(option->get_type_name());
      o.value = option->get_type_name();
      if (!o.choices.empty()) o.value = fmt::format("{}", fmt::join(o.choices, "|"));
      if (o.choices.empty()) o.value = o.value.rfind("INT", 0) == 0 || o.value.rfind("UINT", 0) == 0 ? "N" : "VALUE";
    }
    row.options.push_back(std::move(o));
  }
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : below) row.subcommands.push_back(command->get_name());
  out.push_back(std::move(row));
  for (const CLI::App* command : below) {
    std::vector<std::string> deeper = path;
    deeper.push_back(command->get_name());
    collect(*command, deeper, out);
  }
}

std::vector<CommandRow> table_of(const CLI::App& app) {
  std::vector<CommandRow> rows;
  collect(app, {}, rows);
  return rows;
}

bool takes_kind(const CommandRow& row) {
  return std::find(row.positionals.begin(), row.positionals.end(), "KIND") != row.positionals.end();
}

std::string bash(const std::vector<CommandRow>& table, const std::vector<std::string>& kinds) {
  std::string commands, values;
  for (const CommandRow& row : table) {
    std::string words;
    for (const std::string& sub : row.subcommands) words += sub + " ";
    for (const OptionRow& o : row.options)
      for (const std::string& name : o.names) words += name + " ";
    if (takes_kind(row))
      for (const std::string& kind : kinds) words += kind + " ";
    commands += fmt::format("    \"{}\") words=\"{}\" ;;\n", row.words(), words);
    for (const OptionRow& o : row.options) {
      if (o.value.empty()) continue;
      for (const std::string& name : o.names)
        values += fmt::format("    \"{} {}\") values=\"{}\"; takes=1 ;;\n", row.words(), name, fmt::join(o.choices, " "));
    }
  }
  std::string names;
  for (const CommandRow& row : table)
    if (!row.path.empty()) names += "\"" + row.words() + "\" ";
  return fmt::format(R"(# bash completion of snnvp; made by `snnvp completion bash`
_snnvp() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command="" word words="" values="" takes="" name i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    for name in {0}; do
      [ "$name" = "${{command:+$command }}$word" ] && command=$name && break
    done
  done
  case "$command $previous" in
{2}  esac
  if [ -n "$takes" ]; then
    if [ -n "$values" ]; then COMPREPLY=($(compgen -W "$values" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
    return
  fi
  case "$command" in
{1}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -n "$command" ] && [ "${{current#-}}" = "$current" ] && COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _snnvp snnvp
)",
                     names, commands, values);
}

/// Text in single quotes of a shell.
std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string zsh(const std::vector<CommandRow>& table, const std::vector<std::string>& kinds) {
  const auto plain = [](std::string text) {
    std::string out;
    for (const char c : text) {
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
    return out;
  };
  std::string functions;
  for (const CommandRow& row : table) {
    std::string name = "_snnvp";
    for (const std::string& word : row.path) name += "__" + word;
    functions += name + "() {\n  local context state line\n  _arguments -C";
    for (const OptionRow& o : row.options)
      for (const std::string& option : o.names) {
        std::string spec = option + "[" + plain(o.about) + "]";
        if (!o.value.empty()) spec += o.choices.empty() ? ":value:_files" : fmt::format(":value:({})", fmt::join(o.choices, " "));
        functions += " \\\n    " + shell_quoted("*" + spec);
      }
    if (!row.subcommands.empty()) {
      functions += " \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n    command)\n      local -a commands=(";
      for (const CommandRow& other : table)
        if (other.path.size() == row.path.size() + 1 && std::equal(row.path.begin(), row.path.end(), other.path.begin()))
          functions += "\n        " + shell_quoted(other.path.back() + ":" + other.about);
      functions += ")\n      _describe command commands\n";
      if (!row.path.empty()) functions += "      _files\n";
      functions += "      ;;\n    rest) (( $+functions[" + name + "__$words[1]] )) && " + name + "__$words[1] || _files ;;\n  esac\n}\n";
    } else if (takes_kind(row)) {
      functions += fmt::format(" \\\n    '1:kind:({})'\n}}\n", fmt::join(kinds, " "));
    } else {
      functions += " \\\n    '*:file:_files'\n}\n";
    }
  }
  return "#compdef snnvp\n# zsh completion of snnvp; made by `snnvp completion zsh`\n" + functions + "_snnvp \"$@\"\n";
}

std::string fish(const std::vector<CommandRow>& table, const std::vector<std::string>& kinds) {
  std::string out = "# fish completion of snnvp; made by `snnvp completion fish`\n";
  for (const CommandRow& row : table) {
    std::string when;
    for (const std::string& word : row.path) when += (when.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    const std::string below = fmt::format("{}", fmt::join(row.subcommands, " "));
    for (const CommandRow& other : table)
      if (other.path.size() == row.path.size() + 1 && std::equal(row.path.begin(), row.path.end(), other.path.begin()))
        out += fmt::format("complete -c snnvp {} -n {} -a {} -d {}\n", row.path.empty() ? "-f" : "",
                           shell_quoted(when.empty() ? "__fish_use_subcommand" : when + "; and not __fish_seen_subcommand_from " + below),
                           other.path.back(), shell_quoted(other.about));
    for (const OptionRow& o : row.options) {
      std::string names;
      for (const std::string& name : o.names) names += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
      out += fmt::format("complete -c snnvp -n {}{}{}{} -d {}\n", shell_quoted(when.empty() ? "__fish_use_subcommand" : when), names,
                         o.value.empty() ? "" : " -r",
                         o.choices.empty() ? "" : " -f -a " + shell_quoted(fmt::format("{}", fmt::join(o.choices, " "))),
                         shell_quoted(o.about));
    }
    if (takes_kind(row))
      out += fmt::format("complete -c snnvp -n {} -f -a {}\n", shell_quoted(when), shell_quoted(fmt::format("{}", fmt::join(kinds, " "))));
  }
  return out;
}

/// Text as roff takes it.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += "\\&";
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string completion(const CLI::App& app, const std::string& shell, const std::vector<std::string>& kinds) {
  const std::vector<CommandRow> table = table_of(app);
  return shell == "bash" ? bash(table, kinds) : shell == "zsh" ? zsh(table, kinds) : fish(table, kinds);
}

std::string man_page(const CLI::App& app, const std::string& version) {
  const std::vector<CommandRow> table = table_of(app);
  std::string out = fmt::format(".TH SNNVP 1 \"\" \"snnvp {}\" \"User Commands\"\n.SH NAME\nsnnvp \\- {}\n.SH SYNOPSIS\n", roff(version),
                                roff(app.get_description()));
  for (const CommandRow& row : table) {
    if (row.path.empty() || (row.positionals.empty() && !row.subcommands.empty())) continue;
    out += fmt::format(".B snnvp {}\n", roff(row.words()));
    for (const std::string& name : row.positionals) out += fmt::format(".I {}\n", roff(name));
    if (!row.options.empty()) out += "[options]\n";
    out += ".br\n";
  }
  out += ".SH COMMANDS\n";
  for (const CommandRow& row : table) {
    if (row.path.empty()) continue;
    out += fmt::format(".SS {}\n{}.\n", roff(row.words()), roff(row.about));
    for (const OptionRow& o : row.options) {
      if (o.words.find("--help") != std::string::npos) continue;
      out += fmt::format(".TP\n.B {}{}\n{}\n", roff(o.words), o.value.empty() ? "" : " \\fI" + roff(o.value) + "\\fR", roff(o.about));
    }
    for (const Example& e : examples())
      if (row.words() == e.command) out += fmt::format(".PP\n.EX\n{}\n.EE\n{}\n", roff(e.line), roff(e.about));
  }
  out +=
      ".SH EXIT STATUS\n"
      ".TP\n.B 0\nok\n.TP\n.B 1\nthe simulation ended badly, or a \\-\\-fail\\-if holds\n.TP\n.B 2\nthe input is wrong; the message says "
      "where and what is allowed\n"
      ".TP\n.B 3\ninternal error\n"
      ".SH ENVIRONMENT\n"
      ".TP\n.B NO_COLOR\nno colour, whatever the terminal\n.TP\n.B CLICOLOR_FORCE\ncolour also where no terminal is\n"
      ".TP\n.B SNNVP_DATA_DIR\nfolder of technology tables and scenarios, instead of the installed one\n"
      ".SH FILES\nA scenario is YAML; \\fBsnnvp new\\fR writes one, and \\fBsnnvp describe\\fR tells what may stand in it.\n";
  return out;
}

}  // namespace snnvp::cli
