#pragma once
// The built-in losses: named expressions, one line each. To add one, add its line to catalogue.cpp.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isotherm::loss {

struct CatalogueEntry {
  std::string name;
  std::string expression;  ///< of coordinates and parameters; "" for those made from a matrix or list
  std::map<std::string, std::string> defaults;  ///< parameter -> value
  std::string description;                      ///< one line, with source
};

std::span<const CatalogueEntry> catalogue();
const CatalogueEntry* find(const std::string& name);
/// The name, here or of a model, that a text which is no expression was meant to be, or "".
std::string nearest_loss(const std::string& text);

/// InputError where there is a target or features, and the loss is no model.
void require_model(const std::string& loss, const std::string& target, std::span<const std::string> features);

/// The expression of an entry with these parameters: for most the text itself; for "quadratic" it is expanded from `h`
/// ("1", "1,2,3" curvatures, or "2,0.6;0.6,1" a symmetric matrix) and "dimension". Throws InputError.
std::string expand(const CatalogueEntry& entry, const std::map<std::string, std::string>& set);

}  // namespace isotherm::loss
