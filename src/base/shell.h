// Quoting for a POSIX shell.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Returns a word that a shell reads as `text`: unchanged if it needs no quotes, else in single
// quotes. A text with control characters or invalid UTF-8 becomes $'…' with escapes, which bash,
// zsh and ksh read.
std::string shell_word(std::string_view text);

// Returns the words of a command, quoted and separated by spaces.
std::string shell_command(std::span<const std::string> words);

// Returns the arguments of this process, with the program's name first; empty if the system does
// not tell them.
std::vector<std::string> process_arguments();

}  // namespace sightline
