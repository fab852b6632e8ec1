// Package yamlfile reads small YAML files strictly: mappings of known fields
// to values, without anything that YAML has for other uses. Every fault has
// its place, and all of them are found in one run.
//
// It is for what people write by hand about their rules and their settings.
// Manifests, which are large, are read by package spec.
package yamlfile
