// Package manifest writes manifests: whatever it writes, package spec reads as
// it was meant, and what package spec would refuse is refused before it is
// written. Memory does not grow with the number of payments.
package manifest
