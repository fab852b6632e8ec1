// Package approval is how people agree to a plan: who may (approvers.yaml),
// what they sign (a Statement, as an Ed25519 signed note), and whether enough of
// them did (Approvers.Check). It knows no network and reads no clock.
//
// An approval counts for exactly one plan file. The statement repeats what the
// plan comes to, so that the signature can be read years later without the
// plan; and everything that it repeats is held against the plan again.
package approval
