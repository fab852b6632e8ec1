package render

import (
	"errors"
	"io"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A ValidationDocument is what "validate --json" prints.
type ValidationDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=validation"`
	// Nothing is wrong.
	Valid bool `json:"valid"`
	// Payments that are declared, selected and without fault.
	Payments int64 `json:"payments"`
	ValidatedRules
	// Everything that is wrong, by input and place.
	Faults []Fault `json:"faults"`
}

// ValidatedRules are what plans are judged and approved by.
type ValidatedRules struct {
	// The policy that is configured; absent when there is none, or when it has faults.
	Policy *ValidatedPolicy `json:"policy,omitempty"`
	// The approvers that are configured; absent when there are none, or when they have faults.
	Approvers *ValidatedApprovers `json:"approvers,omitempty"`
}

// ValidatedApprovers are an approvers file without fault.
type ValidatedApprovers struct {
	// Name of the file.
	File string `json:"file"`
	// Number of keys in it.
	Keys int `json:"keys"`
	// SHA-256 of its bytes, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// A ValidatedPolicy is a policy without fault.
type ValidatedPolicy struct {
	// Name of its file.
	File string `json:"file"`
	// Number of its rules.
	Rules int `json:"rules"`
	// SHA-256 of its bytes, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// A Fault is one thing that is wrong with what was written.
type Fault struct {
	// File, variable or flag; absent when it concerns all inputs.
	File string `json:"file,omitempty"`
	// Line, from one.
	Line int `json:"line,omitempty"`
	// Column in characters, from one.
	Column int `json:"column,omitempty"`
	// Path inside of the document, such as spec.payments[3].refunded.
	Path string `json:"path,omitempty"`
	// What is wrong.
	Message string `json:"message"`
	// What a person can do.
	Hint string `json:"hint,omitempty"`
}

// ValidateJSON writes what became of reading manifests, policy and approvers:
// how many payments, and what is wrong, as a ValidationDocument.
func ValidateJSON(w io.Writer, payments int64, rules ValidatedRules, faults spec.Errors) error {
	return WriteJSON(w, ValidationDocument{
		FormatVersion: FormatVersion, Kind: "validation", Valid: len(faults) == 0, Payments: payments,
		ValidatedRules: rules, Faults: faultsOf(faults),
	})
}

func faultsOf(faults spec.Errors) []Fault {
	out := make([]Fault, len(faults))
	for i, f := range faults {
		out[i] = Fault{File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Path: f.Path, Message: f.Msg, Hint: f.Hint}
	}
	return out
}

// An ErrorDocument is what a command with --json prints on standard error when
// it fails.
type ErrorDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=error"`
	// The exit code of the command.
	ExitCode int `json:"exit_code"`
	// What went wrong.
	Message string `json:"message"`
	// What a person can do.
	Hint string `json:"hint,omitempty"`
	// The faults, when what was written is wrong.
	Faults []Fault `json:"faults,omitempty"`
}

// ErrorJSON writes an error as an ErrorDocument.
func ErrorJSON(w io.Writer, exitCode int, err error, hint string) error {
	doc := ErrorDocument{FormatVersion: FormatVersion, Kind: "error", ExitCode: exitCode, Message: err.Error(), Hint: hint}
	var faults spec.Errors
	var fault *spec.Error
	switch {
	case errors.As(err, &faults):
		doc.Message, doc.Faults = count(int64(len(faults)), "fault"), faultsOf(faults)
	case errors.As(err, &fault):
		doc.Faults = faultsOf(spec.Errors{fault})
	}
	return WriteJSON(w, doc)
}

// A VersionDocument is what "version --json" prints.
type VersionDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=version"`
	// Version of the program.
	Version string `json:"version"`
	// Revision that it was built from.
	Commit string `json:"commit"`
	// Version of Go that it was built with.
	Go string `json:"go"`
	// Operating system and architecture.
	Platform string `json:"platform"`
	// Version of the plan files that it writes.
	PlanFormat string `json:"plan_format"`
}

// VersionJSON writes a VersionDocument.
func VersionJSON(w io.Writer, version, commit, goVersion, platform string) error {
	return WriteJSON(w, VersionDocument{
		FormatVersion: FormatVersion, Kind: "version", Version: version, Commit: commit, Go: goVersion,
		Platform: platform, PlanFormat: plan.FormatVersion,
	})
}

// A SandboxDocument is what "sandbox --json" prints once it listens: what a
// client needs to reach it.
type SandboxDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=sandbox"`
	// Scheme, host and port.
	Endpoint string `json:"endpoint"`
	// Merchant id (PSPID) in the paths of the API.
	MerchantID string `json:"merchant_id"`
	// Id of the API key.
	APIKeyID string `json:"api_key_id"`
	// Secret of the API key: made up, and not a secret.
	APISecret string `json:"api_secret"`
}

// SandboxJSON writes a SandboxDocument.
func SandboxJSON(w io.Writer, endpoint, merchantID, keyID, secret string) error {
	return WriteJSON(w, SandboxDocument{
		FormatVersion: FormatVersion, Kind: "sandbox", Endpoint: endpoint, MerchantID: merchantID, APIKeyID: keyID, APISecret: secret,
	})
}
