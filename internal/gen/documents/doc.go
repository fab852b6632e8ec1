// Package documents describes the YAML files that people write for
// payreconcile, as types whose comments and tags become JSON Schemas: what an
// editor shows beside a key, proposes and underlines.
//
// The files are read elsewhere, by strict decoders that know more than a
// schema can say. A schema takes whatever its decoder takes, and tests hold
// the two against each other. Nothing of this package is part of the program;
// the schemas are.
package documents

// All returns an empty document of every kind, by the name of its schema.
func All() map[string]any {
	return map[string]any{
		"manifest":  Manifest{},
		"config":    Config{},
		"policy":    Policy{},
		"approvers": Approvers{},
	}
}
